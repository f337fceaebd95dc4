//! The page for browsers, on the game's own address.

use std::io::{Read, Write};
use std::net::{IpAddr, TcpStream};
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
    assert!(
        packed.contains("content-encoding: gzip\r\n") && packed.contains("content-type: application/wasm\r\n"),
        "{packed}"
    );
    assert!(packed.ends_with("packed"), "{packed}");
    let whole = get(&server, "/game.wasm", "");
    assert_eq!(whole.split_once("\r\n\r\n").unwrap().1.len(), 2_000_000);
    Player::join(server.local_addr(), "beside the browsers");
    let counted = server
        .metrics()
        .lines()
        .find(|line| line.contains("rejected_total") && line.contains("visitor"))
        .map(str::to_owned);
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
    let visitors: Vec<TcpStream> = (0..280)
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

/// This machine's address in a network, from which it is a stranger like any other; none where it is in none.
fn own_address() -> Option<IpAddr> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    // Nothing is sent: the kernel says from where it would be.
    socket.connect("192.0.2.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

#[test]
fn a_class_behind_one_address_gets_the_page_and_plays() {
    let Some(address) = own_address() else {
        println!("skipped: this machine is in no network, so nobody comes by an address of its own");
        return;
    };
    let server = start(|config| {
        config.page = Some(folder("class"));
        config.listen = std::net::SocketAddr::new(address, 0).into();
    });
    let (pupils, connections) = (30, 6);
    let request = b"GET /game.wasm HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    // All of them are in the middle of it at the same time.
    let mut downloads: Vec<_> = (0..pupils * connections)
        .map(|_| {
            let mut stream = connect(server.local_addr());
            stream.write_all(request).unwrap();
            assert!(read_head(&mut stream).unwrap().starts_with("HTTP/1.1 200 OK"));
            stream
        })
        .collect();
    for stream in &mut downloads {
        let mut body = Vec::new();
        stream.read_to_end(&mut body).unwrap();
        assert_eq!(body.len(), 2_000_000, "none is cut off");
    }
    let players: Vec<_> =
        (0..pupils).map(|pupil| Player::join(server.local_addr(), &format!("pupil {pupil}"))).collect();
    drop(players);
}

#[test]
fn a_folder_without_a_page_is_told_at_the_start() {
    let mut config = auspice_server::Config::for_game::<Dots>(Default::default());
    config.listen = ([127, 0, 0, 1], 0).into();
    config.page = Some(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("nothing here"));
    let Err(error @ ServeError::Page { .. }) = Server::<Dots>::start(config) else {
        panic!("there is no page to serve")
    };
    assert!(error.to_string().contains("nothing here/index.html"), "{error}");
}

/// A header of a response.
fn header<'a>(response: &'a str, name: &str) -> Option<&'a str> {
    let (head, _) = response.split_once("\r\n\r\n").unwrap();
    let values = head.lines().filter_map(|line| line.split_once(": "));
    values.into_iter().find(|(there, _)| there.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

#[test]
fn only_what_is_named_by_its_content_is_kept_unasked() {
    let server = start(|config| {
        let folder = folder("named");
        std::fs::write(folder.join("auspice-0123456789abcdef0123.js"), "start()").unwrap();
        std::fs::write(folder.join("auspice-0123456789abcdef0123.js.gz"), "packed").unwrap();
        config.page = Some(folder);
    });
    for encoding in ["", "Accept-Encoding: gzip\r\n"] {
        let named = get(&server, "/auspice-0123456789abcdef0123.js", encoding);
        assert_eq!(header(&named, "Cache-Control"), Some("public, max-age=31536000, immutable"), "{named}");
        assert!(
            named.starts_with("HTTP/1.1 200 OK\r\n")
                && named.ends_with(if encoding.is_empty() { "start()" } else { "packed" })
        );
    }
    for path in ["/", "/index.html", "/game.wasm", "/nothing", "/auspice-00000000000000000000.js"] {
        let asked = get(&server, path, "");
        assert_eq!(header(&asked, "Cache-Control"), Some("no-cache"), "{path}: {asked}");
    }
}

#[test]
fn a_browser_that_asks_is_told_whether_the_content_is_the_same() {
    let folder = folder("asked");
    // Two builds of an image that says 1970 of every file, of the same length.
    let build = |text: &str| {
        std::fs::write(folder.join("index.html"), text).unwrap();
        let file = std::fs::File::options().write(true).open(folder.join("index.html")).unwrap();
        file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    };
    build("<title>build 1</title>");
    let server = start(|config| config.page = Some(folder.clone()));
    let first = get(&server, "/", "");
    let tag = header(&first, "ETag").unwrap().to_owned();
    for known in [tag.clone(), format!("W/{tag}"), format!("\"another\", {tag}")] {
        let same = get(&server, "/", &format!("If-None-Match: {known}\r\n"));
        assert!(same.starts_with("HTTP/1.1 304 ") && same.ends_with("\r\n\r\n"), "{known}: {same}");
        assert_eq!(
            (header(&same, "ETag"), header(&same, "Cache-Control")),
            (Some(&*tag), Some("no-cache")),
            "{known}: {same}"
        );
    }
    build("<title>build 2</title>");
    let later = "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT\r\n";
    for conditions in
        [format!("If-None-Match: {tag}\r\n"), later.to_owned(), format!("If-None-Match: {tag}\r\n{later}")]
    {
        let second = get(&server, "/", &conditions);
        assert!(
            second.starts_with("HTTP/1.1 200 OK\r\n") && second.ends_with("<title>build 2</title>"),
            "{conditions}: {second}"
        );
        assert_ne!(header(&second, "ETag"), Some(&*tag));
    }
}

#[test]
fn a_packed_file_is_another_than_the_same_unpacked() {
    let folder = folder("packed");
    std::fs::write(folder.join("small.js"), "start()").unwrap();
    std::fs::write(folder.join("small.js.gz"), "packed").unwrap();
    let server = start(|config| config.page = Some(folder));
    for path in ["/small.js", "/game.wasm"] {
        let [whole, packed] = ["", "Accept-Encoding: gzip\r\n"].map(|encoding| {
            let response = get(&server, path, encoding);
            assert_eq!(header(&response, "Vary"), Some("accept-encoding"), "{path}");
            let tag = header(&response, "ETag").unwrap().to_owned();
            let same = get(&server, path, &format!("{encoding}If-None-Match: {tag}\r\n"));
            assert!(same.starts_with("HTTP/1.1 304 ") && same.ends_with("\r\n\r\n"), "{path}: {same}");
            tag
        });
        assert_ne!(whole, packed, "{path}");
        let other = get(&server, path, &format!("Accept-Encoding: gzip\r\nIf-None-Match: {whole}\r\n"));
        assert!(other.starts_with("HTTP/1.1 200 ") && other.ends_with("packed"), "{path}: {other}");
    }
}

/// What `client-bevy/name_web.sh` makes of a script and a module with this content.
#[cfg(unix)]
fn publish(above: &std::path::Path, script: &str) {
    let built = above.join("built");
    std::fs::create_dir_all(&built).unwrap();
    std::fs::write(built.join("auspice.js"), format!("{script}; new URL('auspice_bg.wasm', import.meta.url)")).unwrap();
    std::fs::write(built.join("auspice_bg.wasm"), [7; 5000]).unwrap();
    let program = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../client-bevy/name_web.sh");
    let done = std::process::Command::new(program).args([built, above.join("page")]).output().unwrap();
    assert!(done.status.success(), "{done:?}");
}

#[cfg(unix)]
#[test]
fn a_new_build_of_the_page_asks_for_its_own_script_and_module_and_for_nothing_else() {
    let above = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("builds");
    let _ = std::fs::remove_dir_all(&above);
    publish(&above, "start(1)");
    let server = start(|config| config.page = Some(above.join("page")));
    let page = || {
        let page = get(&server, "/", "");
        let names = page.split('"').filter_map(|text| text.strip_prefix("./auspice-"));
        let names: Vec<_> = names.map(|rest| format!("/auspice-{rest}")).collect();
        assert_eq!(names.len(), 2, "{page}");
        assert!(page.contains("max=\"5000\""), "{page}");
        names
    };
    let first = page();
    for name in &first {
        let kept = get(&server, name, "");
        assert!(
            kept.starts_with("HTTP/1.1 200 ")
                && kept.contains("\r\ncache-control: public, max-age=31536000, immutable\r\n")
        );
        let file = std::fs::read(above.join(format!("page{name}.gz"))).unwrap();
        assert!(file.starts_with(&[0x1f, 0x8b]), "{name} is there packed as well");
    }
    publish(&above, "start(1)");
    assert_eq!(page(), first, "the same build has the same names");
    publish(&above, "start(2)");
    let second = page();
    assert!(second.iter().all(|name| !first.contains(name)));
    let script = get(&server, &second[0], "");
    assert!(script.contains("start(2)") && script.contains(second[1].trim_start_matches('/')), "{script}");
    for gone in &first {
        assert!(get(&server, gone, "").starts_with("HTTP/1.1 404 "), "{gone}");
    }
}
