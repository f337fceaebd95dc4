//! Outputs that take nothing: a full disk, a reader that has gone, one that sleeps. The game goes on, what
//! was lost is counted and told when there is room again, and an answer that cannot be given is no success.

use std::fs::{File, OpenOptions};
use std::io::{PipeReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use auspice::message::Credential;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::player::{PATIENCE, Player, end_of};
use crate::{file, sentence, server, text};

/// A server that is watched by its admin listener, since what it says is not heard.
struct Mute {
    child: Child,
    address: SocketAddr,
    admin: SocketAddr,
}

impl Mute {
    /// `command` becomes the server.
    fn start(command: &mut Command, output: impl Into<Stdio>, error: impl Into<Stdio>) -> Self {
        // Visitors are away by then, and are waited for.
        command.args(["--npcs", "0", "--drain-timeout", "1"]).stdout(output).stderr(error);
        let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        for _ in 0..5 {
            let (address, admin) = (free(), free());
            let addresses = [("AUSPICE_LISTEN", address), ("AUSPICE_ADMIN_LISTEN", admin)];
            let child = command.envs(addresses.map(|(name, address)| (name, address.to_string()))).spawn().unwrap();
            let mut mute = Self { child, address, admin };
            if mute.has_begun() {
                return mute;
            }
        }
        panic!("it ends at once");
    }

    /// Whether it listens in the end. What was free a moment ago may be another test's by then.
    fn has_begun(&mut self) -> bool {
        let started = Instant::now();
        while self.get("/livez").is_none() {
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            assert!(started.elapsed() < PATIENCE, "not within {PATIENCE:?}: it listens");
            std::thread::sleep(Duration::from_millis(10));
        }
        true
    }

    /// The body of a good answer.
    fn get(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(self.admin).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        answer.strip_prefix("HTTP/1.1 200 ")?.split_once("\r\n\r\n").map(|(_, body)| body.to_owned())
    }

    fn counted(&self, series: &str) -> u64 {
        let metrics = self.get("/metrics").expect("it should answer");
        let value = metrics.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        value.unwrap_or_else(|| panic!("{series} is missing from {metrics}")).parse().unwrap()
    }

    fn lost(&self) -> u64 {
        self.counted("auspice_log_lines_lost_total")
    }

    fn await_that(&self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        let started = Instant::now();
        while !holds(self) {
            assert!(started.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Somebody comes, plays and goes, which is worth two lines.
    fn is_visited(&self, name: &str) {
        let before = self.counted("auspice_clients{state=\"suspended\"}");
        drop(Player::join(self.address, name, Credential::Open));
        self.await_that("the visitor is gone", |mute| mute.counted("auspice_clients{state=\"suspended\"}") > before);
    }

    /// It is alive, and ends well when it is told to.
    fn ends_well(mut self) {
        let ticks = self.counted("auspice_ticks_total");
        self.await_that("ticks go on", |mute| mute.counted("auspice_ticks_total") > ticks);
        assert!(Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap().success());
        let status = end_of(&mut self.child);
        assert_eq!(status.code(), Some(0), "{status}");
    }
}

/// A test that fails leaves no server behind.
impl Drop for Mute {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn full() -> File {
    OpenOptions::new().write(true).open("/dev/full").unwrap()
}

/// A pipe whose reader has gone.
fn to_nobody() -> std::io::PipeWriter {
    std::io::pipe().unwrap().1
}

#[test]
fn lines_that_cannot_be_written_are_counted_and_the_game_goes_on() {
    let outputs: [(&str, Stdio, Stdio); 3] = [
        ("a full disk under the log", Stdio::null(), full().into()),
        ("a full disk under everything", full().into(), full().into()),
        ("no reader for anything", to_nobody().into(), to_nobody().into()),
    ];
    for (what, output, error) in outputs {
        let mute = Mute::start(&mut server(), output, error);
        mute.is_visited("ann");
        mute.is_visited("bob");
        assert!(mute.lost() >= 4, "{what}: {} lines are lost", mute.lost());
        mute.ends_well();
    }
}

#[test]
fn lost_lines_are_told_when_there_is_room_again() {
    // So many bytes a file may have, by the shell's blocks of 512; what is there leaves room for half a line.
    const BLOCKS: usize = 8;
    let log = file("full.log", &("#".repeat(BLOCKS * 512 - 41) + "\n"));
    let mut limited = Command::new("sh");
    limited.args(["-c", &format!("ulimit -f {BLOCKS} && log=\"$1\" && shift && exec \"$0\" \"$@\" 2>>\"$log\"")]);
    limited.arg(env!("CARGO_BIN_EXE_auspice-server")).arg(&log).args(["--log-format", "json"]);
    let mute = Mute::start(&mut limited, Stdio::null(), Stdio::null());
    mute.is_visited("ann");
    let lost = mute.lost();
    assert!(lost >= 2, "{lost} lines are lost");
    File::create(&log).unwrap();
    mute.await_that("the loss is told although nobody comes", |_| !std::fs::read_to_string(&log).unwrap().is_empty());
    mute.is_visited("bob");
    assert_eq!(mute.lost(), lost, "nothing is lost any more");
    mute.ends_well();
    let told = std::fs::read_to_string(&log).unwrap();
    let lines: Vec<serde_json::Value> =
        told.lines().filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        (&lines[0]["message"], &lines[0]["lines"]),
        (&"log lines could not be written".into(), &lost.into()),
        "{told}"
    );
    assert!(lines[1..].iter().any(|line| line["name"] == "bob"), "{told}");
}

#[test]
fn a_tick_log_without_room_for_the_world_leaves_no_file_and_the_game_goes_on() {
    let dir = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("full-ticks");
    let _ = std::fs::remove_dir_all(&dir);
    let mut limited = Command::new("sh");
    // A block of 512 bytes takes a head, and not the world behind it.
    limited.args(["-c", "ulimit -f 1 && exec \"$0\" \"$@\""]);
    limited.arg(env!("CARGO_BIN_EXE_auspice-server")).arg("--log-dir").arg(&dir);
    let mute = Mute::start(&mut limited, Stdio::null(), Stdio::null());
    let files = || {
        let names = std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.ends_with(".ticks")).collect::<Vec<_>>()
    };
    assert_eq!((mute.counted("auspice_log_writing"), files()), (0, vec![]));
    mute.ends_well();
    assert_eq!(files(), [""; 0], "nor does the stop leave any");
}

/// A pipe that nothing fits in.
fn full_pipe() -> (PipeReader, std::io::PipeWriter) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let is_full = |writer: &std::io::PipeWriter| {
        poll(&mut [PollFd::new(writer, PollFlags::OUT)], Some(&Timespec::default())) == Ok(0)
    };
    while !is_full(&writer) {
        writer.write_all(&[b'\n'; 4096]).unwrap();
    }
    (reader, writer)
}

#[test]
fn a_reader_that_sleeps_stops_nothing_and_is_told_what_it_missed() {
    let (mut reader, writer) = full_pipe();
    let mute = Mute::start(&mut server(), writer.try_clone().unwrap(), writer);
    mute.is_visited("ann");
    let lost = mute.lost();
    assert!(lost >= 2, "{lost} lines are lost");
    let mut log = String::new();
    let mut more = [0; 4096];
    while !log.contains("could not be written") {
        let read = reader.read(&mut more).unwrap();
        assert_ne!(read, 0, "it ended after {log}");
        log += std::str::from_utf8(&more[..read]).unwrap().trim_start_matches('\n');
    }
    assert!(log.contains(&format!("WARN log lines could not be written lines={lost}\n")), "{log}");
    mute.is_visited("bob");
    assert_eq!(mute.lost(), lost, "nothing is lost any more");
    mute.ends_well();
}

#[test]
fn one_that_sleeps_for_ever_does_not_hold_up_the_end() {
    let (_reader, writer) = full_pipe();
    let mute = Mute::start(&mut server(), writer.try_clone().unwrap(), writer);
    mute.is_visited("ann");
    mute.ends_well();
}

#[test]
fn an_answer_that_cannot_be_printed_is_no_success() {
    let key = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("outputs-key");
    let _ = (std::fs::remove_file(&key), std::fs::remove_file(key.with_extension("pub")));
    assert!(server().args(["ticket", "new-key"]).arg(&key).output().unwrap().status.success());
    let mint = ["ticket", "mint", "--key", key.to_str().unwrap()];
    for asked in [&["--print-config"][..], &["--help"], &["--version"], &mint] {
        let told = sentence(&server().args(asked).stdout(full()).output().unwrap(), 1);
        assert!(told.contains("the answer cannot be printed: "), "{told}");
        let output = server().args(asked).stdout(to_nobody()).output().unwrap();
        assert_eq!(
            (output.status.code(), text(&output.stderr).as_str()),
            (Some(0), ""),
            "{asked:?}: its reader has seen enough"
        );
        assert_eq!(server().args(asked).stdout(full()).stderr(full()).status().unwrap().code(), Some(1), "{asked:?}");
    }
}

#[test]
fn an_error_that_cannot_be_told_has_its_exit_code_all_the_same() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (args, code) in [(&["--tick-hz", "0"][..], 2), (&["--no-such-flag"], 2), (&["--listen", &address], 1)] {
        for error in [Stdio::from(full()), to_nobody().into()] {
            assert_eq!(server().args(args).stderr(error).status().unwrap().code(), Some(code), "{args:?}");
        }
    }
}
