//! Plain requests for the game's own address: by methods and targets of all forms, and by pages that want to
//! know why their WebSocket was refused.

use std::io::Write;
use std::time::Duration;

use crate::handshake::answer;
use crate::page::{folder, start_with_page};
use crate::player::{connect, good_request, read_head, start};

/// The head of an answer without what is as it may be.
fn status(head: &str) -> &str {
    head.lines().next().unwrap_or_default()
}

#[test]
fn a_head_is_answered_as_its_page_would_be_and_has_no_body() {
    let server = start_with_page("head");
    let ask = |request: &str| format!("{request} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    for path in ["/", "/game.wasm", "/nothing"] {
        let heads = ["GET", "HEAD"].map(|method| {
            let mut fresh = connect(server.local_addr());
            fresh.write_all(ask(&format!("{method} {path}")).as_bytes()).unwrap();
            read_head(&mut fresh).unwrap()
        });
        // The tag of a small file is of its content, which a head does not read; a body that is empty has no length
        // that a head would have to say.
        let bare = |head: &str| {
            let is_said = |line: &&str| {
                !["etag", "last-modified", "date"].contains(&line.split(':').next().unwrap())
                    && *line != "content-length: 0"
            };
            let mut lines: Vec<_> = head.lines().filter(is_said).map(str::to_owned).collect();
            lines.sort();
            lines
        };
        assert_eq!(bare(&heads[0]), bare(&heads[1]), "{path}");
        // What comes next is the next answer, and not a body.
        for first in ["GET /nothing", "HEAD /"] {
            let mut kept = connect(server.local_addr());
            for request in [first, &*format!("HEAD {path}"), "HEAD /"] {
                kept.write_all(ask(request).as_bytes()).unwrap();
                let head = read_head(&mut kept).unwrap();
                assert!(head.starts_with("HTTP/1.1 200 ") || head.starts_with("HTTP/1.1 404 "), "{request}: {head}");
                if request.ends_with(path) {
                    assert_eq!(status(&head), status(&heads[0]), "{first}, then {path}");
                }
            }
        }
    }
    let alone = start(|_| {});
    let head = answer(connect(alone.local_addr()), &ask("HEAD /"));
    assert!(head.starts_with("HTTP/1.1 426 ") && head.ends_with("\r\n\r\n"), "{head}");
}

#[test]
fn a_target_with_its_host_is_the_same_as_without() {
    let server = start_with_page("absolute");
    let whole = format!("http://{}", server.local_addr());
    let page = |target: &str| {
        answer(
            connect(server.local_addr()),
            &format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
        )
    };
    for path in ["/", "/nothing", "/play"] {
        assert_eq!(status(&page(&format!("{whole}{path}"))), status(&page(path)), "{path}");
    }
    for before in ["", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"] {
        let mut stream = connect(server.local_addr());
        stream.write_all(before.as_bytes()).unwrap();
        if !before.is_empty() {
            read_head(&mut stream).unwrap();
            std::io::Read::read_exact(&mut stream, &mut [0; "<title>a page</title>".len()]).unwrap();
        }
        stream.write_all(good_request().replace("/play", &format!("{whole}/play")).as_bytes()).unwrap();
        assert!(read_head(&mut stream).unwrap().starts_with("HTTP/1.1 101 "), "behind {before:?}");
    }
}

#[test]
fn a_page_that_was_refused_can_ask_why() {
    let server = start(|config| {
        config.page = Some(folder("why"));
        config.access.trusted_proxy = vec!["127.0.0.1".parse().unwrap()];
        config.access.max_per_address = 1;
        config.drain_timeout = Duration::from_secs(60);
    });
    let get = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let ask = |lines: &str| {
        let request = format!("GET /play HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n");
        let fresh = answer(connect(server.local_addr()), &request);
        let mut kept = connect(server.local_addr());
        kept.write_all(get.as_bytes()).unwrap();
        read_head(&mut kept).unwrap();
        std::io::Read::read_exact(&mut kept, &mut [0; "<title>a page</title>".len()]).unwrap();
        let again = answer(kept, &request);
        let steady =
            |text: &str| text.lines().filter(|line| !line.starts_with("Retry-After")).collect::<Vec<_>>().join("\n");
        assert_eq!(steady(&again), steady(&fresh), "whatever was shown before");
        // Else no script of a page from elsewhere could read it.
        assert!(fresh.contains("\r\nAccess-Control-Allow-Origin: *\r\n"), "{fresh}");
        fresh
    };
    let told = |answer: String, code: u16, word: &str| {
        assert!(answer.starts_with(&format!("HTTP/1.1 {code} ")) && answer.contains(word), "{answer}");
    };
    told(ask("Origin: https://other.example\r\n"), 403, "--allow-origin");
    told(ask("Origin: http://localhost\r\n"), 426, "Nothing speaks against coming in");
    told(ask(""), 426, "Nothing speaks against coming in");
    let mut inside = connect(server.local_addr());
    inside.write_all(good_request().replace("Host:", "X-Forwarded-For: 203.0.113.7\r\nHost:").as_bytes()).unwrap();
    read_head(&mut inside).unwrap();
    told(ask("X-Forwarded-For: 203.0.113.8\r\n"), 426, "Nothing speaks against coming in");
    told(ask("X-Forwarded-For: 203.0.113.7\r\n"), 429, "this address");
    server.drain();
    told(ask("X-Forwarded-For: 203.0.113.9\r\n"), 503, "stopping");
}
