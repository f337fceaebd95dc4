//! What the log never says, however much it is asked to say: what opens a door, and what players say to each other.

use std::io::{Read, Write};
use std::net::TcpStream;

use auspice::message::{Credential, ResumeToken};
use auspice::replica::ReplicaEvent;
use auspice_demo::{Command as Wish, Event};

use crate::player::{Player, Running};
use crate::{file, server, text};

const LOUD: [&str; 4] = ["--log-level", "trace", "--log-format", "json"];

/// A text, or bytes in the ways in which logs show bytes, must not be in the log.
fn never_says(log: &str, what: &str, bytes: &[u8]) {
    let decimal = bytes.iter().map(u8::to_string).collect::<Vec<_>>();
    let hex = |upper: bool| {
        bytes.iter().map(|byte| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") }).collect::<String>()
    };
    let mut ways = vec![decimal.join(", "), decimal.join(","), hex(false), hex(true)];
    ways.extend(std::str::from_utf8(bytes).ok().map(str::to_owned));
    for way in ways {
        assert!(!log.contains(&way), "the log says {what}: {way}");
    }
}

/// A folder with nothing in it.
fn empty_folder(name: &str) -> std::path::PathBuf {
    let dir = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&dir);
    dir
}

/// Everything in a folder of a room's record.
fn record_in(dir: &std::path::Path) -> Vec<u8> {
    std::fs::read_dir(dir).unwrap().flat_map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect()
}

fn holds(record: &[u8], part: &[u8]) -> bool {
    record.windows(part.len()).any(|window| window == part)
}

fn key_parts(token: ResumeToken) -> [Vec<u8>; 2] {
    [token.0[..8].to_vec(), token.0[24..].to_vec()]
}

/// It did say something of each: the log is not merely empty.
fn says(log: &str, what: &str) {
    assert!(log.contains(what), "{what} is not in\n{log}");
}

#[test]
fn a_secret_a_token_and_what_is_said_are_not_in_the_log() {
    let (secret, wrong, admin, said) =
        ("zV4j1kQ8s0dXh3mPq7Lw", "wrong-Tr0mb0ne-Kazoo-9", "4dm1n-0c7opus-Kettle-77", "a word to the other pilots");
    let (secret_file, admin_file) = (file("discretion-secret", secret), file("discretion-admin", admin));
    let files = [secret_file.to_str().unwrap(), admin_file.to_str().unwrap()];
    let admin_listen = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let dir = empty_folder("discretion-log");
    let kept = ["--log-dir", dir.to_str().unwrap()];
    let flags =
        ["--secret-file", files[0], "--admin-token-file", files[1], "--admin-listen", &admin_listen.to_string()];
    let flags = [&flags[..], &kept].concat();
    let running = Running::start(&[&LOUD[..], &flags].concat());
    let address = running.address;
    let mut ann = Player::join(address, "ann", Credential::Secret(secret.into()));
    let mut bob = Player::join(address, "bob", Credential::Secret(secret.into()));
    assert_eq!(Player::dial(address, "eve", Credential::Secret(wrong.into())).play_until_closed(), 4009);
    assert_eq!(Player::dial(address, "eve", Credential::Resume(ResumeToken([0xa7; 32]))).play_until_closed(), 4010);
    ann.replica.command(&Wish::Say(said.into())).unwrap();
    bob.play_until("it hears what is said", |bob| {
        ann.pump().unwrap();
        std::iter::from_fn(|| bob.replica.poll_event())
            .any(|event| matches!(event, ReplicaEvent::Event { event: Event::Said { .. }, .. }))
    });
    let first = ann.replica.resume_token().unwrap();
    drop(ann);
    let ann = Player::join(address, "ann", Credential::Resume(first));
    let second = ann.replica.resume_token().unwrap();
    let order = |request: &str, body: &str| {
        let mut stream = TcpStream::connect(admin_listen).unwrap();
        let head = format!("{request} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {admin}\r\nConnection: close\r\n");
        write!(stream, "{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let list = order("GET /clients", "");
    let before = &list[..list.find("\"name\":\"bob\"").unwrap()];
    let client = before.rsplit("\"client\":\"").next().unwrap().split('"').next().unwrap();
    assert!(order("POST /kick", &format!("{{\"client\":\"{client}\"}}")).starts_with("HTTP/1.1 200 "));
    assert_eq!(bob.play_until_closed(), 4008);
    running.signal("-INT");
    let (code, log) = running.end();
    assert_eq!(code, Some(0), "{log}");
    says(&log, "ann");
    says(&log, "eve");
    for (what, bytes) in
        [("the secret", secret), ("a wrong secret", wrong), ("the admin's token", admin), ("what was said", said)]
    {
        never_says(&log, what, bytes.as_bytes());
    }
    for part in [key_parts(first), key_parts(second), key_parts(ResumeToken([0xa7; 32]))].as_flattened() {
        never_says(&log, "a resume token", part);
    }
    // Players' names are in the record of the room, and nothing that opens a door.
    let record = record_in(&dir);
    assert!(holds(&record, b"ann"), "it is a record of this");
    for (what, bytes) in [("the secret", secret), ("a wrong secret", wrong), ("the admin's token", admin)] {
        assert!(!holds(&record, bytes.as_bytes()), "the record has {what}");
    }
    for part in [key_parts(first)[1].clone(), key_parts(second)[1].clone(), vec![0xa7; 8]] {
        assert!(!holds(&record, &part), "the record has a resume token");
    }
    assert!(log.lines().all(|line| line.starts_with('{') && line.ends_with('}')), "each line is an object:\n{log}");
}

#[test]
fn a_ticket_is_not_in_the_log() {
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let (key, public) = (folder.join("discretion-key"), folder.join("discretion-key.pub"));
    let _ = (std::fs::remove_file(&key), std::fs::remove_file(&public));
    assert!(server().args(["ticket", "new-key"]).arg(&key).output().unwrap().status.success());
    let dir = empty_folder("discretion-ticket-log");
    let flags = ["--admin-listen", "off", "--log-dir", dir.to_str().unwrap(), "--ticket-key", public.to_str().unwrap()];
    let running = Running::start(&[&LOUD[..], &flags].concat());
    let minted =
        server().args(["ticket", "mint", "--player", "p-4711", "--name", "ann", "--key"]).arg(&key).output().unwrap();
    let ticket = text(&minted.stdout).trim().to_owned();
    let _ann = Player::join(running.address, "ann", Credential::Ticket(ticket.clone()));
    // Used; spoilt; none at all.
    assert_eq!(Player::dial(running.address, "eve", Credential::Ticket(ticket.clone())).play_until_closed(), 4009);
    assert_eq!(
        Player::dial(running.address, "eve", Credential::Ticket(format!("{ticket}A"))).play_until_closed(),
        4009
    );
    assert_eq!(Player::dial(running.address, "eve", Credential::Open).play_until_closed(), 4009);
    running.signal("-INT");
    let (code, log) = running.end();
    assert_eq!(code, Some(0), "{log}");
    says(&log, "ann");
    says(&log, "eve");
    let (head, tail) = (&ticket[..40], &ticket[ticket.len() - 40..]);
    let record = record_in(&dir);
    assert!(holds(&record, b"p-4711"), "it is a record of this player");
    for part in [head, tail] {
        never_says(&log, "a ticket", part.as_bytes());
        assert!(!holds(&record, part.as_bytes()), "the record has a ticket");
    }
}
