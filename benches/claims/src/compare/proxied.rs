//! W1 over TLS that ends at nginx, whose own time counts, beside the server's own.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use auspice_bots::process::CpuSeconds;
use serde_json::json;

use super::figure::{Figure, Goal};
use super::paired::paired;
use super::runs::{Plan, Run, Running, SERVER_CORE, TemporaryFile, await_listening, free_address, has_two_cores};
use super::samples::Sampler;
use super::sending::SendingTerms;
use super::{Findings, Scale};

/// The configuration that operators are given.
const CONFIGURATION: &str = include_str!("../../../../server/deploy/nginx.conf");

/// nginx in front of a server: one process, on the server's core.
struct Nginx {
    process: Running,
    address: SocketAddr,
    certificate: TemporaryFile,
    _others: [TemporaryFile; 3],
}

impl Nginx {
    fn start(server: SocketAddr) -> Result<Self, String> {
        let address = free_address()?;
        let (certificate, key) = (TemporaryFile::new("pem"), TemporaryFile::new("key"));
        make_certificate(&certificate.0, &key.0)?;
        let (configuration, log) = (TemporaryFile::new("conf"), TemporaryFile::new("log"));
        let text = configured(address, server, &certificate.0, &key.0, &log.0);
        fs::write(&configuration.0, text)
            .map_err(|error| format!("nginx's configuration cannot be written: {error}"))?;
        let mut command = if has_two_cores() { on_servers_core("nginx") } else { Command::new("nginx") };
        // One process, whose time is all that there is.
        command.args(["-g", "daemon off; master_process off;", "-e"]).arg(&log.0).arg("-c").arg(&configuration.0);
        let process = Running::silent(&mut command)?;
        await_listening(address, || std::net::TcpStream::connect(address).is_ok())
            .map_err(|error| format!("nginx: {error}; {}", fs::read_to_string(&log.0).unwrap_or_default().trim()))?;
        Ok(Self { process, address, certificate, _others: [key, configuration, log] })
    }
}

fn on_servers_core(program: &str) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", SERVER_CORE, program]);
    command
}

/// The deployed configuration with these addresses and files.
fn configured(address: SocketAddr, server: SocketAddr, certificate: &Path, key: &Path, log: &Path) -> String {
    let path = |path: &Path| path.display().to_string();
    CONFIGURATION
        .replace("user www-data;", "")
        .replace("/run/nginx.pid", &path(&log.with_extension("pid")))
        .replace("/var/log/nginx/error.log", &path(log))
        .replace("listen 443", &format!("listen {address}"))
        .replace("127.0.0.1:7700", &server.to_string())
        .replace("/etc/ssl/certs/game.example.pem", &path(certificate))
        .replace("/etc/ssl/private/game.example.key", &path(key))
}

fn make_certificate(certificate: &Path, key: &Path) -> Result<(), String> {
    let words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 1 -subj /CN=auspice \
                 -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE";
    let mut command = Command::new("openssl");
    command.args(words.split_ascii_whitespace()).arg("-keyout").arg(key).arg("-out").arg(certificate);
    let output = command.output().map_err(|error| format!("there is no `openssl`: {error}"))?;
    if output.status.success() { Ok(()) } else { Err("`openssl` makes no certificate".to_string()) }
}

/// A run behind nginx, whose time is in it.
fn behind_nginx(plan: &Plan) -> Result<Run, String> {
    let server = plan.serve()?;
    let nginx = Nginx::start(server.address)?;
    let pid = nginx.process.id();
    let sampler = Sampler::start(move || Some([CpuSeconds::of(pid)?.total]));
    let report = plan.swarm_at(nginx.address, Some(&nginx.certificate.0), &server, false)?.finish();
    let sampled = sampler.finish();
    let mut run = Run::of(server, report?)?;
    let figures = &run.report.figures;
    let [seconds] = sampled.between(figures.began_unix_seconds, figures.began_unix_seconds + figures.seconds);
    let client_ticks = figures.seconds * f64::from(figures.tick_hz) * f64::from(figures.clients);
    run.proxy_us = seconds * 1e6 / client_ticks;
    Ok(run)
}

/// W1 with 1000 clients and patience, in pairs: behind nginx, and over the server's own TLS.
pub(super) fn proxied(scale: &Scale) -> Result<Findings, String> {
    if Command::new("nginx").arg("-v").output().is_err() {
        return Ok(Findings::none_here("there is no `nginx`"));
    }
    let plain = SendingTerms::Patient.plan(scale.plan(1000));
    let secure = Plan { is_secure: true, ..plain };
    let mut findings = Findings::default();
    let pairs = paired(
        scale.pairs(5),
        scale,
        &mut findings,
        |_| Ok((behind_nginx(&plain)?, secure.run()?)),
        |proxied, secure| {
            let (both, nginx, own) = (proxied.cpu_us(), proxied.proxy_us, secure.cpu_us());
            format!("server and nginx {both:.2} us a client-tick, of which nginx {nginx:.2}; over its own TLS {own:.2}")
        },
    )?;
    let of = |figure: fn(&Run, &Run) -> f64| {
        pairs.iter().map(|(proxied, secure)| figure(proxied, secure)).collect::<Vec<_>>()
    };
    findings.figures = vec![
        Figure::new(
            "own TLS, processor time by that behind nginx",
            "×",
            &of(|proxied, secure| secure.cpu_us() / proxied.cpu_us()),
            "W1-quiet: of the server's process over its own TLS, by that of server and nginx together, both on one \
             core.",
        )
        .to_be(Goal::AtMost(1.0, None)),
        Figure::new(
            "nginx, processor time of a client-tick",
            "us",
            &of(|proxied, _| proxied.proxy_us),
            "User and system: TLS, and two sockets for each client.",
        ),
        Figure::new(
            "server behind nginx",
            "us",
            &of(|proxied, _| proxied.cpu_us() - proxied.proxy_us),
            "The same, without nginx.",
        ),
        Figure::new("server over its own TLS, W1-quiet", "us", &of(|_, secure| secure.cpu_us()), "The same."),
    ];
    let reports = pairs.iter().map(|(proxied, secure)| {
        let nginx_us = proxied.proxy_us;
        json!({ "nginx_us": nginx_us, "proxied": proxied.report, "tls": secure.report })
    });
    findings.data = json!(reports.collect::<Vec<_>>());
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deployed_configuration_takes_other_addresses_and_files() {
        let [address, server] =
            ["127.0.0.1:8443", "127.0.0.1:8080"].map(|text| text.parse().expect("it is an address"));
        let [certificate, key, log] = ["/a/c.pem", "/a/k.key", "/a/n.log"].map(Path::new);
        let text = configured(address, server, certificate, key, log);
        for part in [
            "listen 127.0.0.1:8443 ssl",
            "server 127.0.0.1:8080;",
            " /a/c.pem;",
            " /a/k.key;",
            " /a/n.log;",
            " /a/n.pid;",
        ] {
            assert!(text.contains(part), "{part} is missing");
        }
        assert!(!text.contains("/etc/ssl") && !text.contains("www-data") && !text.contains("/var/log"));
    }
}
