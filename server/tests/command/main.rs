//! The binary as an operator meets it: settings, refusals, signals. One sentence and an exit code each.

#[cfg(unix)]
mod advice;
#[cfg(unix)]
mod discretion;
#[cfg(unix)]
mod forgotten;
#[cfg(target_os = "linux")]
mod full_disk;
#[cfg(unix)]
mod kept;
mod listening;
#[cfg(unix)]
mod names;
#[cfg(target_os = "linux")]
mod outputs;
#[cfg(unix)]
mod pause;
#[cfg(unix)]
mod player;
#[cfg(unix)]
mod replay;
mod schema;
#[cfg(unix)]
mod signals;
#[cfg(unix)]
mod stopped;
mod twin;

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

fn server() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auspice-server"));
    // The settings of whoever runs the tests are not the tests'.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AUSPICE_")) {
        command.env_remove(name);
    }
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A file for one test.
fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn printed(command: &mut Command) -> String {
    let output = command.arg("--print-config").output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn the_printed_settings_are_a_file_that_means_the_same() {
    let flags = ["--npcs", "7", "--interest-radius", "123.45", "--log-format", "json", "--seed", "9223372036854775807"];
    let first = printed(server().args(flags));
    for line in ["npcs = 7", "interest-radius = 123.45", "log-format = \"json\"", "listen = \"127.0.0.1:7700\""] {
        assert!(first.lines().any(|printed| printed == line), "{line} is missing from\n{first}");
    }
    let path = file("round-trip.toml", &first);
    assert_eq!(printed(server().arg("--config").arg(path)), first);
}

#[test]
fn flags_go_before_environment_before_file_before_defaults() {
    let path = file("layers.toml", "tick-hz = 20\nsend-every = 3\nmax-clients = 50\n");
    let printed = printed(
        server()
            .arg("--config")
            .arg(path)
            .args(["--tick-hz", "60"])
            .env("AUSPICE_TICK_HZ", "40")
            .env("AUSPICE_SEND_EVERY", "2"),
    );
    for line in ["tick-hz = 60", "send-every = 2", "max-clients = 50", "npcs = 40"] {
        assert!(printed.lines().any(|printed| printed == line), "{line} is missing from\n{printed}");
    }
}

/// Standard error, which must be one sentence.
fn sentence(output: &Output, code: i32) -> String {
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{error}");
    assert!(error.starts_with("error: ") && error.trim_end().lines().count() == 1, "{error}");
    error
}

#[test]
fn bad_values_are_refused_in_a_sentence() {
    let unknown = file("unknown.toml", "npc = 3\n");
    let broken = file("broken.toml", "npcs = 3\ntick-hz = = 2\n");
    let (unknown, broken) = (unknown.to_str().unwrap(), broken.to_str().unwrap());
    let nats = "nats://127.0.0.1";
    let cases: [(&[&str], &[&str]); 14] = [
        (&["--tls-cert", "no.pem"], &["tls-cert and tls-key go together"]),
        (&["--tls-cert", "a", "--tls-key", "b", "--tls-self-signed", "c"], &["there can be one certificate"]),
        (&["--max-per-address", "30000"], &["max-per-address is 30000"]),
        (&["--tick-hz", "0"], &["tick-hz is 0", "1 to 240"]),
        (&["--npcs", "1000000"], &["npcs", "1000000", "2000"]),
        (&["--interest-radius=-1"], &["interest-radius is -1"]),
        (&["--rooms", "8", "--shards", "2"], &["shards are for one room", "workers", "leave shards at 1"]),
        (&["--nats", nats], &["many rooms"]),
        (&["--nats", nats, "--rooms", "8", "--node-address", "a.example"], &["node-address must be"]),
        (
            &["--nats", nats, "--rooms", "8", "--node-address", "ws://a", "--direct", "[::1]:1"],
            &["fleet-key go together"],
        ),
        (&["--direct", "[::1]:1"], &["give nats, too"]),
        (&["--config", "no-such-file.toml"], &["no-such-file.toml"]),
        (&["--config", unknown], &["unknown.toml", "npc;", "perhaps npcs"]),
        (&["--config", broken], &["broken.toml", "line 2"]),
    ];
    for (args, words) in cases {
        let error = sentence(&server().args(args).output().unwrap(), 2);
        for word in words {
            assert!(error.contains(word), "{word} is missing from {error}");
        }
    }
}

#[test]
fn a_bad_value_in_the_environment_is_told_with_where_it_came_from() {
    let error = sentence(&server().env("AUSPICE_TICK_HZ", "fast").output().unwrap(), 2);
    for word in ["tick-hz", "AUSPICE_TICK_HZ", "fast", "a whole number"] {
        assert!(error.contains(word), "{word} is missing from {error}");
    }
}

#[test]
fn faults_are_told_without_the_words_of_the_libraries() {
    let cases = [
        ("AUSPICE_LISTEN", "here", "is \"here\", but must be an address and port like 127.0.0.1:7700"),
        ("AUSPICE_LISTEN", "5", "but must be an address and port like 127.0.0.1:7700"),
        ("AUSPICE_LOG_LEVEL", "loud", "must be one of off, error, warn, info, debug, trace"),
        ("AUSPICE_FULL_SERVICE", "maybe", "must be true or false"),
    ];
    for (variable, value, words) in cases {
        let error = sentence(&server().env(variable, value).output().unwrap(), 2);
        assert!(error.contains(variable) && error.contains(words), "{error}");
    }
}

#[test]
fn a_fault_is_told_with_the_flag_the_variable_or_the_line_of_the_file_that_it_is_in() {
    let by_file = file(
        "fault.toml",
        "# What is wrong is further down.\nmax-clients = 7\n\ntick-hz = \"fast\"\nticket-key = []\n",
    );
    let no_list = file("no-list.toml", "ticket-key = 5\n");
    let fast = "is \"fast\", but must be a whole number, 0 or more\n";
    let run = |command: &mut Command| sentence(&command.output().unwrap(), 2);
    assert_eq!(run(server().args(["--tick-hz", "fast"])), format!("error: tick-hz, by --tick-hz, {fast}"));
    let variable = run(server().env("AUSPICE_TICK_HZ", "fast"));
    assert_eq!(variable, format!("error: tick-hz, by AUSPICE_TICK_HZ in the environment, {fast}"));
    let line = run(server().arg("--config").arg(&by_file));
    assert_eq!(line, format!("error: tick-hz, in {}, line 4, {fast}", by_file.display()));
    let list = run(server().arg("--config").arg(no_list));
    assert!(list.contains("no-list.toml, line 1, is 5, but must be a text, or a list of texts"), "{list}");
    // The flag goes before the file, so what is wrong there does no harm.
    assert!(printed(server().args(["--tick-hz", "20", "--config"]).arg(by_file)).contains("tick-hz = 20"));
}

/// Each flag of the help, and what stands behind its name.
fn help() -> Vec<(String, String)> {
    let help = text(&server().arg("--help").output().unwrap().stdout);
    let flags = help.lines().filter_map(|line| line.trim_start().strip_prefix("--")?.split_once([' ', '\n']));
    flags.map(|(name, rest)| (name.to_owned(), rest.to_owned())).collect()
}

#[test]
fn help_names_every_setting_with_the_default_that_holds() {
    let help = help();
    let settings: toml::Table = printed(&mut server()).parse().unwrap();
    assert!(settings.len() > 25, "{settings}");
    for (name, value) in settings {
        let flag = help.iter().find(|(flag, _)| *flag == name);
        let (_, words) = flag.unwrap_or_else(|| panic!("{name} is missing from {help:?}"));
        let default = match value {
            toml::Value::Boolean(_) => continue,
            toml::Value::String(text) if text.is_empty() => "none".into(),
            toml::Value::Array(_) => "none".into(),
            toml::Value::String(text) => text,
            other => other.to_string(),
        };
        assert!(words.contains(&format!("default: {default}]")), "{name} is {default} by default, and not {words}");
    }
}

#[test]
fn every_number_beyond_its_range_is_refused_with_that_range() {
    let mut checked = 0;
    for (name, words) in help() {
        let Some((range, _)) = words.rsplit_once('[').and_then(|(_, facts)| facts.split_once("; default")) else {
            continue;
        };
        let (low, high) = range.split_once(" to ").unwrap();
        let (low, high): (u64, u64) = (low.parse().unwrap(), high.parse().unwrap());
        let refused =
            |number: u64| sentence(&server().args([format!("--{name}"), number.to_string()]).output().unwrap(), 2);
        let error = refused(high + 1);
        let said = error.contains(&format!("must be {range}")) || error.contains("is too large");
        assert!(said && error.contains(&name), "{error}");
        if let Some(below) = low.checked_sub(1) {
            assert!(refused(below).contains(&format!("must be {range}")));
        }
        checked += 1;
    }
    assert_eq!(checked, 19, "numbers with a range");
}

#[test]
fn a_variable_that_is_no_setting_is_refused_with_the_nearest_name() {
    let error = sentence(&server().env("AUSPICE_TICKHZ", "60").output().unwrap(), 2);
    assert!(error.contains("AUSPICE_TICKHZ; perhaps tick-hz (AUSPICE_TICK_HZ in the environment)"), "{error}");
    let error = sentence(&server().env("AUSPICE_COLOUR", "red").output().unwrap(), 2);
    assert!(error.contains("AUSPICE_COLOUR; there are ") && error.contains("tick-hz"), "{error}");
}

#[test]
fn a_number_below_nothing_is_told_as_what_it_is() {
    for flag in ["--seed", "--tick-hz", "--npcs"] {
        let output = server().args([flag, "-1"]).output().unwrap();
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains("-1") && error.contains(flag) && error.contains("a whole number, 0 or more"), "{error}");
    }
}

/// A server that listens, and the first line that it printed.
#[cfg(unix)]
fn listening(args: &[&str]) -> (Child, String) {
    let mut child = server()
        .args(["--listen", "127.0.0.1:0", "--admin-listen", "off"])
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut greeting = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut greeting).unwrap();
    (child, greeting)
}

/// What it said on standard error, with its log, until it was told to stop.
#[cfg(unix)]
fn log_until_stopped(child: Child) -> String {
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    text(&child.wait_with_output().unwrap().stderr)
}

#[cfg(unix)]
#[test]
fn a_proxy_before_an_open_server_is_warned_of() {
    let proxy = ["--trusted-proxy", "127.0.0.1/32"];
    let log = log_until_stopped(listening(&proxy).0);
    assert!(log.contains("WARN") && log.contains("nobody is asked who they are"), "{log}");
    let meant = log_until_stopped(listening(&[&proxy[..], &["--allow-anyone"]].concat()).0);
    assert!(!meant.contains("WARN"), "{meant}");
}

#[cfg(unix)]
#[test]
fn log_lines_are_json_and_those_that_were_held_back_are_told_at_the_end() {
    use std::io::Write;
    let (child, greeting) = listening(&["--log-format", "json"]);
    let address = greeting.split("ws://").nth(1).unwrap().split('/').next().unwrap();
    let request = "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                   Sec-WebSocket-Protocol: auspice.v1\r\n\r\n";
    let upgraded = || {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut head = [0; 12];
        stream.read_exact(&mut head).unwrap();
        assert_eq!(&head, b"HTTP/1.1 101");
        stream
    };
    let crowd: Vec<_> = (0..25).map(|_| upgraded()).collect();
    let log = log_until_stopped(child);
    drop(crowd);
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // Who was on the way to the tick when it ended hears another reason.
    let is_end = |value: &serde_json::Value| value.as_str().is_some_and(|label| label.starts_with("server_"));
    let told = lines.iter().filter(|line| is_end(&line["reason"]) && line["address"].is_string()).count();
    let held_back: u64 =
        lines.iter().filter(|line| is_end(&line["kind"])).filter_map(|line| line["lines"].as_u64()).sum();
    assert!(told >= 10 && told as u64 + held_back == 25, "{log}");
}

#[test]
fn lists_may_be_given_flag_by_flag_and_as_one_variable() {
    let by_flags =
        printed(server().args(["--allow-origin", "https://a.example", "--allow-origin", "https://b.example"]));
    assert!(by_flags.contains("allow-origin = [\"https://a.example\", \"https://b.example\"]"), "{by_flags}");
    let by_variable = printed(server().env("AUSPICE_ALLOW_ORIGIN", "https://a.example,https://b.example"));
    assert_eq!(by_variable, by_flags);
    let one = printed(server().env("AUSPICE_TRUSTED_PROXY", "10.0.0.0/8").arg("--require-origin"));
    assert!(one.contains("trusted-proxy = [\"10.0.0.0/8\"]") && one.contains("require-origin = true"), "{one}");
    let error = sentence(&server().env("AUSPICE_TRUSTED_PROXY", "everyone").output().unwrap(), 2);
    assert!(error.contains("trusted-proxy") && error.contains("everyone is no network"), "{error}");
    let error = sentence(&server().env("AUSPICE_MAX_PER_ADDRESS", "few").output().unwrap(), 2);
    assert!(error.contains("max-per-address, by AUSPICE_MAX_PER_ADDRESS") && error.contains("whole number"), "{error}");
}

#[test]
fn a_flag_that_does_not_parse_is_refused() {
    let output = server().args(["--listen", "nowhere"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--listen"));
}

#[test]
fn a_certificate_that_is_not_there_is_told() {
    let args = ["--listen", "127.0.0.1:0", "--tls-cert", "no-such.pem", "--tls-key", "no-such-key.pem"];
    let error = sentence(&server().args(args).output().unwrap(), 1);
    assert!(error.contains("the certificate no-such.pem cannot be read"), "{error}");
}

#[test]
fn a_port_in_use_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let error = sentence(&server().args(["--listen", &address]).output().unwrap(), 1);
    assert!(error.contains(&address) && error.contains("in use"), "{error}");
}

#[cfg(unix)]
#[test]
fn without_files_to_give_it_turns_away_and_goes_on() {
    use std::net::TcpStream;
    use std::time::{Duration, Instant};
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -Sn 48 && ulimit -Hn 48 && exec \"$0\" --listen 127.0.0.1:0 --page off --log-level off"])
        .arg(env!("CARGO_BIN_EXE_auspice-server"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut greeting = String::new();
    output.read_line(&mut greeting).unwrap();
    let address = greeting.split("ws://").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let patience = Some(Duration::from_secs(10));
    let mut crowd: Vec<TcpStream> = (0..100).map(|_| TcpStream::connect(&address).unwrap()).collect();
    // The last ones are not left waiting.
    let last = crowd.last_mut().unwrap();
    last.set_read_timeout(patience).unwrap();
    assert!(matches!(last.read(&mut [0]), Ok(0) | Err(_)));
    drop(crowd);
    let started = Instant::now();
    let answered = || {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(patience).unwrap();
        let mut response = String::new();
        let _ = std::io::Write::write_all(&mut stream, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        let _ = stream.read_to_string(&mut response);
        response.starts_with("HTTP/1.1 426 ")
    };
    while !answered() {
        assert!(started.elapsed() < Duration::from_secs(10), "it should take connections again");
    }
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    assert!(child.wait().unwrap().success());
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_well_and_at_once() {
    use std::time::{Duration, Instant};
    for signal in ["-INT", "-TERM"] {
        let mut child =
            server().args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut greeting = String::new();
        while !greeting.contains("Ctrl-C") {
            assert_ne!(output.read_line(&mut greeting).unwrap(), 0, "it ended after {greeting}");
        }
        for words in ["ws://127.0.0.1:", "http://127.0.0.1:", "cargo bots -- ", "--listen 0.0.0.0:"] {
            assert!(greeting.contains(words), "{words} is missing from {greeting}");
        }
        let started = Instant::now();
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(0));
        assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
        let mut rest = String::new();
        output.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "Stopped.\n");
    }
}
