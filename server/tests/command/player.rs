//! A running server binary, and someone who plays on it.

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use auspice::Micros;
use auspice::message::{Channel, Credential, SUBPROTOCOL, SaidLine, TALK_SUBPROTOCOL, Talk};
use auspice::replica::Replica;
use auspice_demo::Demo;
use tungstenite::client::IntoClientRequest;
use tungstenite::{Error, Message, WebSocket, client};

/// Long enough for a machine with much else to do.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A server on a free port, whose log is collected.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
    log: Option<JoinHandle<String>>,
}

impl Running {
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::start_by(crate::server(), args)
    }

    /// The same, by a command that becomes the server.
    pub(crate) fn start_by(mut command: Command, args: &[&str]) -> Self {
        if !args.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        let mut child =
            command.args(["--npcs", "0"]).args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = child.stderr.take().unwrap();
        let log = std::thread::spawn(move || {
            let mut text = Vec::new();
            log.read_to_end(&mut text).unwrap();
            String::from_utf8_lossy(&text).into_owned()
        });
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut greeting = String::new();
        let address = loop {
            assert_ne!(output.read_line(&mut greeting).unwrap(), 0, "it ended after {greeting}");
            let words = greeting.split_whitespace().filter_map(|word| word.strip_prefix("ws://"));
            if let Some(address) = words.filter_map(|word| word.split('/').next()?.parse().ok()).next() {
                break address;
            }
        };
        // What it says later must find a reader.
        std::thread::spawn(move || output.read_to_end(&mut Vec::new()));
        Self { child, address, log: Some(log) }
    }

    pub(crate) fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap().success());
    }

    /// Its exit code, once it has ended, and all that it logged.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let status = end_of(&mut self.child);
        (status.code(), self.log.take().unwrap().join().unwrap())
    }
}

/// How a program that was told to end has ended.
pub(crate) fn end_of(child: &mut Child) -> ExitStatus {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(started.elapsed() < PATIENCE, "it should have ended");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A test that fails leaves no server behind.
impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Someone who plays the demo.
pub(crate) struct Player {
    web: WebSocket<TcpStream>,
    pub(crate) replica: Replica<Demo>,
    started: Instant,
    /// The message that was sent last.
    sent: Vec<u8>,
    /// Lines that it was told, if it talks.
    pub(crate) heard: Vec<Talk>,
}

impl Player {
    /// Dials, and shows `entry`.
    pub(crate) fn dial(address: SocketAddr, name: &str, entry: Credential) -> Self {
        Self::dial_from(address, None, name, entry).unwrap()
    }

    /// The same through a proxy, where it says `from` whom it comes. An error where the answer is no.
    pub(crate) fn dial_from(
        address: SocketAddr,
        from: Option<&str>,
        name: &str,
        entry: Credential,
    ) -> Result<Self, String> {
        Self::dial_at(address, "/play", from, name, entry)
    }

    /// The same for the room that a path of the address names.
    fn dial_at(
        address: SocketAddr,
        path: &str,
        from: Option<&str>,
        name: &str,
        entry: Credential,
    ) -> Result<Self, String> {
        Self::dial_by((address, path), from, SUBPROTOCOL, name, entry)
    }

    /// The same for one who talks.
    pub(crate) fn talk(address: SocketAddr, name: &str) -> Self {
        let subprotocols = format!("{TALK_SUBPROTOCOL}, {SUBPROTOCOL}");
        Self::dial_by((address, "/play"), None, &subprotocols, name, Credential::Open).unwrap()
    }

    fn dial_by(
        (address, path): (SocketAddr, &str),
        from: Option<&str>,
        subprotocols: &str,
        name: &str,
        entry: Credential,
    ) -> Result<Self, String> {
        let mut request = format!("ws://{address}{path}").into_client_request().unwrap();
        request.headers_mut().insert("Sec-WebSocket-Protocol", subprotocols.parse().unwrap());
        if let Some(from) = from {
            request.headers_mut().insert("X-Forwarded-For", from.parse().unwrap());
        }
        let (web, _) = client(request, TcpStream::connect(address).unwrap()).map_err(|error| error.to_string())?;
        web.get_ref().set_nonblocking(true).unwrap();
        let (replica, started) = (Replica::enter(name, "tests", entry).unwrap(), Instant::now());
        Ok(Self { web, replica, started, sent: Vec::new(), heard: Vec::new() })
    }

    /// Says a line to its room.
    pub(crate) fn say(&mut self, text: &str) {
        self.web.send(Message::text(SaidLine { channel: Channel::Room, text }.write().unwrap())).unwrap();
    }

    /// The same, until it has been heard.
    pub(crate) fn join(address: SocketAddr, name: &str, entry: Credential) -> Self {
        Self::join_at(address, "/play", name, entry)
    }

    /// The same in the room that a path of the address names.
    pub(crate) fn join_at(address: SocketAddr, path: &str, name: &str, entry: Credential) -> Self {
        let mut player = Self::dial_at(address, path, None, name, entry).unwrap();
        player.play_until("an input is answered", |player| player.replica.report().echoes > 0);
        player
    }

    /// Sends what is due and takes what has come; the close code where the connection is over, 0 where none was said.
    pub(crate) fn pump(&mut self) -> Result<(), u16> {
        let now = Micros::from(self.started.elapsed());
        while let Some(message) = self.replica.poll_transmit(now) {
            self.sent.clear();
            self.sent.extend_from_slice(message);
            let _ = self.web.send(Message::binary(message.to_vec()));
        }
        loop {
            match self.web.read() {
                Ok(Message::Binary(bytes)) => self.replica.handle_message(&bytes, now).unwrap(),
                Ok(Message::Text(text)) => self.heard.extend(Talk::read(&text)),
                Ok(Message::Close(frame)) => {
                    let _ = self.web.flush();
                    return Err(frame.map_or(0, |frame| frame.code.into()));
                }
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => return Ok(()),
                Err(_) => return Err(0),
            }
        }
    }

    /// Sends the last message again, which says "the same for one tick more", and hears nothing: as a client does whose
    /// sending is not led by what it hears. The close code where the connection is over.
    pub(crate) fn drone(&mut self) -> Result<(), u16> {
        let _ = self.web.send(Message::binary(self.sent.clone()));
        loop {
            match self.web.read() {
                Ok(Message::Close(frame)) => return Err(frame.map_or(0, |frame| frame.code.into())),
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => return Ok(()),
                Err(_) => return Err(0),
            }
        }
    }

    pub(crate) fn play_until(&mut self, what: &str, mut enough: impl FnMut(&mut Self) -> bool) {
        let started = Instant::now();
        while !enough(self) {
            assert!(started.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
            self.pump().unwrap_or_else(|code| panic!("closed with {code} before: {what}"));
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    pub(crate) fn play_until_closed(&mut self) -> u16 {
        let started = Instant::now();
        loop {
            assert!(started.elapsed() < PATIENCE, "it should have been closed");
            if let Err(code) = self.pump() {
                return code;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
