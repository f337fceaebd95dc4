//! Where the server listens: by number and by name, and whose fault it is that it cannot.

use std::net::{SocketAddr, TcpListener, ToSocketAddrs};

use crate::{file, printed, sentence, server};

#[test]
fn a_name_that_has_no_address_is_told() {
    for setting in ["listen", "admin-listen"] {
        let flag = format!("--{setting}");
        let error = sentence(&server().args([&flag, "nowhere.invalid:7700"]).output().unwrap(), 2);
        assert!(
            error.contains(&format!("{setting} is nowhere.invalid:7700, but that name has no address: ")),
            "{error}"
        );
    }
}

#[test]
fn names_are_settings_wherever_settings_are_made_and_stay_names() {
    let by_file = file("names.toml", "listen = \"localhost:7000\"\nadmin-listen = \"localhost:7001\"\n");
    let wanted = ["listen = \"localhost:7000\"", "admin-listen = \"localhost:7001\""];
    let names = |printed: String| wanted.iter().all(|line| printed.lines().any(|printed| printed == *line));
    assert!(names(printed(server().arg("--config").arg(&by_file))));
    assert!(names(printed(
        server().env("AUSPICE_LISTEN", "localhost:7000").env("AUSPICE_ADMIN_LISTEN", "localhost:7001")
    )));
    assert!(names(printed(server().args(["--listen", "localhost:7000", "--admin-listen", "localhost:7001"]))));
}

#[test]
fn what_is_no_address_is_told_with_what_would_be_one() {
    for (variable, wanted) in
        [("AUSPICE_LISTEN", "be an address and port"), ("AUSPICE_ADMIN_LISTEN", "be off, an address and port")]
    {
        let error = sentence(&server().env(variable, "::1:7700").output().unwrap(), 2);
        let name = "or a host's name and port like localhost:770";
        assert!(
            error.contains("is \"::1:7700\", but must ") && error.contains(wanted) && error.contains(name),
            "{error}"
        );
    }
}

#[test]
fn a_name_beyond_this_machine_wants_to_know_who_may_join() {
    let error = sentence(&server().args(["--listen", "[::]:0"]).output().unwrap(), 2);
    assert!(error.contains("listening on [::]:0 lets anyone"), "{error}");
    // The name of the machine itself, if others could reach it by that.
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let place = format!("{}:0", name.trim());
    let is_public = place.to_socket_addrs().is_ok_and(|mut found| found.any(|address| !address.ip().is_loopback()));
    if !is_public {
        return eprintln!("skipped: {place} is nothing that others reach");
    }
    let error = sentence(&server().args(["--listen", &place]).output().unwrap(), 2);
    assert!(error.contains(&format!("({}) lets anyone", name.trim())), "{error}");
}

/// A port that somebody has.
fn taken() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

#[test]
fn the_flag_whose_port_is_taken_is_blamed() {
    let (_taken, address) = taken();
    let address = address.to_string();
    let players =
        sentence(&server().args(["--listen", &address, "--admin-listen", "127.0.0.1:0"]).output().unwrap(), 1);
    assert!(
        players.contains(&format!("{address} is in use, "))
            && players.trim_end().ends_with("another address with --listen"),
        "{players}"
    );
    let operators =
        sentence(&server().args(["--listen", "127.0.0.1:0", "--admin-listen", &address]).output().unwrap(), 1);
    assert!(
        operators.contains(&format!("{address} is in use, "))
            && operators.trim_end().ends_with("another address with --admin-listen"),
        "{operators}"
    );
}

#[test]
fn the_flag_whose_address_is_not_this_machines_is_blamed() {
    // Of a network that nobody has, by RFC 5737.
    for flag in ["--listen", "--admin-listen"] {
        let other = if flag == "--listen" { "--admin-listen" } else { "--listen" };
        let output = server().args([flag, "192.0.2.1:7700", other, "127.0.0.1:0", "--allow-anyone"]).output().unwrap();
        let error = sentence(&output, 1);
        assert!(error.contains(&format!("cannot listen on 192.0.2.1:7700 ({flag}): ")), "{error}");
    }
}

#[cfg(unix)]
mod running {
    use super::*;
    use crate::player::Running;
    use auspice::message::Credential;

    #[test]
    fn it_listens_by_a_name() {
        let running = Running::start(&["--listen", "localhost:0", "--admin-listen", "localhost:0"]);
        assert!(running.address.ip().is_loopback());
        drop(crate::player::Player::join(running.address, "ann", Credential::Open));
        running.signal("-INT");
        assert_eq!(running.end().0, Some(0));
    }

    #[test]
    fn it_listens_by_a_number_of_ipv6() {
        if TcpListener::bind("[::1]:0").is_err() {
            return eprintln!("skipped: this machine has no IPv6");
        }
        let running = Running::start(&["--listen", "[::1]:0", "--admin-listen", "[::1]:0"]);
        assert!(running.address.is_ipv6());
        drop(crate::player::Player::join(running.address, "ann", Credential::Open));
        running.signal("-INT");
        assert_eq!(running.end().0, Some(0));
    }

    #[test]
    fn a_second_server_of_a_machine_does_without_the_default_admin_port() {
        // Ours, or that of whoever has it already.
        let _first = TcpListener::bind(("127.0.0.1", auspice_server::config::ADMIN_PORT));
        let running = Running::start(&[]);
        running.signal("-INT");
        let (code, log) = running.end();
        assert_eq!(code, Some(0), "{log}");
        assert!(
            log.contains("WARN")
                && log.contains("this server has no admin listener; choose an address with --admin-listen"),
            "{log}"
        );
    }
}
