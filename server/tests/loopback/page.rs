//! The page for browsers, on the game's own address.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;

use auspice_server::{Handle, ServeError, Server};

use crate::dots::Dots;
use crate::handshake::answer;
use crate::player::{Player, connect, good_request, read_head, start};

/// A page of three files, one of which is there packed as well, below a file that is none of them.
pub(crate) fn folder(name: &str) -> PathBuf {
    let above = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let folder = above.join("page");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(above.join("secret"), "not for you").unwrap();
    std::fs::write(folder.join("index.html"), "<title>a page</title>").unwrap();
    std::fs::write(folder.join("game.wasm"), vec![7; 2_000_000]).unwrap();
    std::fs::write(folder.join("game.wasm.gz"), "packed").unwrap();
    folder
}

pub(crate) fn start_with_page(name: &str) -> Handle {
    start(|config| config.page = Some(folder(name)))
}

/// The response to a browser's only request on a connection.
fn get(server: &Handle, path: &str, header: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{header}Connection: close\r\n\r\n");
    answer(connect(server.local_addr()), &request)
}

#[test]
fn a_browser_is_shown_the_page_where_others_play() {
    let server = start_with_page("shown");
    let shown = get(&server, "/", "");
    assert!(shown.starts_with("HTTP/1.1 200 OK\r\n") && shown.ends_with("<title>a page</title>"), "{shown}");
    let packed = get(&server, "/game.wasm", "Accept-Encoding: gzip\r\n").to_lowercase();
    assert!(packed.contains("content-encoding: gzip\r\n") && packed.contains("content-type: application/wasm\r\n"), "{packed}");
    assert!(packed.ends_with("packed"), "{packed}");
    let whole = get(&server, "/game.wasm", "");
    assert_eq!(whole.split_once("\r\n\r\n").unwrap().1.len(), 2_000_000);
    Player::join(server.local_addr(), "beside the browsers");
    let counted =
        server.metrics().lines().find(|line| line.contains("rejected_total") && line.contains("visitor")).map(str::to_owned);
    assert!(counted.is_some_and(|line| line.ends_with(" 3")), "each is counted as what it was");
}

#[test]
fn a_connection_shows_more_than_one_file() {
    let server = start_with_page("kept");
    let mut stream = connect(server.local_addr());
    for _ in 0..3 {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let head = read_head(&mut stream).unwrap();
        assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
        let mut page = [0; "<title>a page</title>".len()];
        stream.read_exact(&mut page).unwrap();
    }
}

#[test]
fn nothing_beside_the_folder_is_shown() {
    let server = start_with_page("kept-in");
    for path in ["/secret", "/../secret", "/%2e%2e/secret", "/..%2fsecret", "//etc/passwd", "/game.wasm/../../secret"] {
        let response = get(&server, path, "");
        assert!(!response.contains("not for you") && response.starts_with("HTTP/1.1 4"), "{path}: {response}");
    }
}

#[test]
fn the_script_of_the_own_page_may_connect_and_that_of_another_may_not() {
    let server = start_with_page("origin");
    let status = |origin: &str| {
        let mut stream: TcpStream = connect(server.local_addr());
        let here = format!("Host: {}\r\nOrigin: {origin}\r\n", server.local_addr());
        stream.write_all(good_request().replace("Host: localhost\r\n", &here).as_bytes()).unwrap();
        read_head(&mut stream).unwrap().chars().take("HTTP/1.1 101".len()).collect::<String>()
    };
    assert_eq!(status(&format!("http://{}", server.local_addr())), "HTTP/1.1 101");
    assert_eq!(status("http://localhost:1"), "HTTP/1.1 403");
}

#[test]
fn who_looks_at_the_page_takes_nobody_s_place() {
    let server = start(|config| {
        config.page = Some(folder("slow"));
        config.max_clients = 1;
    });
    // More than the server has patience with, none of whom reads what it asked for.
    let visitors: Vec<TcpStream> = (0..80)
        .map(|_| {
            let mut stream = connect(server.local_addr());
            stream.write_all(b"GET /game.wasm HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
            stream
        })
        .collect();
    Player::join(server.local_addr(), "the only one");
    assert!(get(&server, "/", "").ends_with("<title>a page</title>"), "the oldest made room");
    drop(visitors);
}

#[test]
fn a_folder_without_a_page_is_told_at_the_start() {
    let mut config = auspice_server::Config::for_game::<Dots>(Default::default());
    config.listen = ([127, 0, 0, 1], 0).into();
    config.page = Some(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("nothing here"));
    let Err(error @ ServeError::Page { .. }) = Server::<Dots>::start(config) else { panic!("there is no page to serve") };
    assert!(error.to_string().contains("nothing here/index.html"), "{error}");
}
