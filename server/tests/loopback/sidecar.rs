//! A sidecar of Agones by the published protocol, `sdk.proto` and `beta.proto` with their requests in JSON, as far as a
//! game server speaks it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Longest wait for a word.
const PATIENCE: Duration = Duration::from_secs(20);

/// A request, as it was heard, when, and the state that the game server has by it.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) at: Instant,
    pub(crate) what: String,
}

/// The sidecar of a game server whose manifest has these counters.
pub(crate) struct TestSidecar {
    pub(crate) address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl TestSidecar {
    pub(crate) fn with_counters(counters: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, heard) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let hears = Arc::clone(&heard);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, counters, &hears);
            }
        });
        Self { address, heard }
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// What was heard in order, without signs of life.
    pub(crate) fn words(&self) -> Vec<String> {
        self.heard().into_iter().map(|heard| heard.what).filter(|what| what != "health").collect()
    }

    pub(crate) fn await_word(&self, word: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.words().iter().any(|heard| heard == word) {
            assert!(Instant::now() < until, "{word} is never said: {:?}", self.words());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Answers as the published gateway does: what is not in the protocol is 404, what is no JSON of it 400.
fn answer(mut stream: TcpStream, counters: &[&str], heard: &Mutex<Vec<Heard>>) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let Some((head, body)) = read(&mut stream) else { return };
    let mut line = head.lines().next().unwrap().split(' ');
    let (method, path) = (line.next().unwrap(), line.next().unwrap());
    let is_json = head.to_ascii_lowercase().contains("\r\ncontent-type: application/json\r\n");
    let body: Option<Value> = serde_json::from_str(&body).ok().filter(|_| is_json);
    let outcome = match (method, path, &body) {
        (_, _, None) => Err(400),
        ("POST", "/ready" | "/allocate" | "/health" | "/shutdown", Some(body)) if *body == serde_json::json!({}) => {
            Ok(path[1..].to_owned())
        }
        ("PATCH", _, Some(body)) => update(path, body, counters),
        _ => Err(404),
    };
    let (status, what) = match outcome {
        Ok(what) => ("200 OK", what),
        Err(status) => {
            (if status == 404 { "404 Not Found" } else { "400 Bad Request" }, format!("{status} {method} {path}"))
        }
    };
    heard.lock().unwrap().push(Heard { at: Instant::now(), what });
    let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}");
}

/// `UpdateCounter`: a count and a capacity, 64 bits each and so strings, the former within the latter.
fn update(path: &str, body: &Value, counters: &[&str]) -> Result<String, u16> {
    let name = path.strip_prefix("/v1beta1/counters/").filter(|name| counters.contains(name)).ok_or(404_u16)?;
    let fields = body.as_object().ok_or(400_u16)?;
    let number = |name: &str| fields.get(name).and_then(Value::as_str).and_then(|text| text.parse::<i64>().ok());
    let (count, capacity) = number("count").zip(number("capacity")).ok_or(400_u16)?;
    let is_right = fields.len() == 2 && (0..=capacity).contains(&count);
    if is_right { Ok(format!("{count} of {capacity} {name}")) } else { Err(400) }
}

/// Head and body of a request.
fn read(stream: &mut TcpStream) -> Option<(String, String)> {
    let (mut request, mut byte) = (Vec::new(), [0]);
    while !request.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        request.push(byte[0]);
    }
    let head = String::from_utf8(request).ok()?;
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")?.parse().ok())?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some((head, String::from_utf8(body).ok()?))
}
