use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use super::*;

const LIMITS: Limits =
    Limits { bytes: 1_000, total: Duration::from_millis(1_500), connect: Duration::from_millis(500) };

/// Serves one connection with `answer`, which gets the request's header and its stream; gives the URL.
fn server(answer: impl Fn(&str, &mut TcpStream) + Send + 'static) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/pki/tenant.crl?key=secret", listener.local_addr().unwrap());
    let handle = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut header = String::new();
        while reader.read_line(&mut header).unwrap() > 2 {}
        if let Some(length) = header.lines().find_map(|line| line.strip_prefix("content-length: ")) {
            let mut content = vec![0; length.parse().unwrap()];
            reader.read_exact(&mut content).unwrap();
            header.push_str(&String::from_utf8(content).unwrap());
        }
        answer(&header, &mut stream);
    });
    (url, handle)
}

fn answer(text: impl Into<Vec<u8>>) -> impl Fn(&str, &mut TcpStream) + Send + 'static {
    let text = text.into();
    move |_, stream| drop(stream.write_all(&text))
}

fn with_length(length: usize) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n").into_bytes();
    text.resize(text.len() + length, b'x');
    text
}

fn rule(result: Result<Vec<u8>, Denial>) -> &'static str {
    let denial = result.unwrap_err();
    assert_eq!(denial.code(), Code::RevocationStale);
    assert!(!denial.to_string().contains("secret"), "{denial}");
    denial.details().rule
}

#[test]
fn a_body_up_to_the_limit_is_fetched_and_a_longer_one_is_not() {
    let fetch = |text: Vec<u8>| {
        let (url, server) = server(answer(text));
        let fetched = get(&url, &LIMITS);
        server.join().unwrap();
        fetched
    };
    assert_eq!(fetch(with_length(1_000)).unwrap().len(), 1_000);
    assert_eq!(fetch(with_length(0)).unwrap().len(), 0);
    assert_eq!(rule(fetch(with_length(1_001))), "http-too-large");
    // Without a length the body ends with the connection.
    let open = |length: usize| [&b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"[..], &vec![b'x'; length]].concat();
    assert_eq!(fetch(open(1_000)).unwrap().len(), 1_000);
    assert_eq!(rule(fetch(open(1_001))), "http-too-large");
    let header = format!("HTTP/1.1 200 OK\r\nX: {}\r\nContent-Length: 0\r\n\r\n", "y".repeat(HEADER_BYTES));
    assert_eq!(rule(fetch(header.into_bytes())), "http-too-large");
}

#[test]
fn a_body_that_is_cut_short_is_not_taken() {
    let (url, server) = server(answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"));
    assert_eq!(rule(get(&url, &LIMITS)), "http-protocol");
    server.join().unwrap();
}

#[test]
fn only_200_is_an_answer_and_no_redirect_is_followed() {
    for (status, expected) in [
        ("404 Not Found", "http-status"),
        ("500 Oops", "http-status"),
        ("204 No Content", "http-status"),
        ("206 Partial Content", "http-status"),
        ("304 Not Modified", "http-status"),
        ("301 Moved", "http-redirect"),
        ("307 Elsewhere", "http-redirect"),
    ] {
        let text = format!("HTTP/1.1 {status}\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
        let (url, server) = server(answer(text));
        assert_eq!(rule(get(&url, &LIMITS)), expected, "{status}");
        server.join().unwrap();
    }
}

#[test]
fn a_server_that_says_nothing_or_trickles_costs_the_total_time_and_no_more() {
    let silent = |_: &str, _: &mut TcpStream| thread::sleep(Duration::from_secs(3));
    let trickling = |_: &str, stream: &mut TcpStream| {
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"));
        while stream.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
    };
    for (url, server) in [server(silent), server(trickling)] {
        let start = Instant::now();
        assert_eq!(rule(get(&url, &LIMITS)), "http-timeout");
        assert!(start.elapsed() < Duration::from_millis(2_500), "{:?}", start.elapsed());
        server.join().unwrap();
    }
}

#[test]
fn a_port_where_nobody_listens_is_named_so() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/?secret", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(rule(get(&url, &LIMITS)), "http-connect");
}

#[test]
fn what_is_not_http_is_refused() {
    let (url, server) = server(answer("SSH-2.0-OpenSSH\r\n\r\n"));
    assert_eq!(rule(get(&url, &LIMITS)), "http-protocol");
    server.join().unwrap();
    assert_eq!(rule(get("ftp://secret/", &LIMITS)), "http-url");
}

#[test]
fn https_does_not_fall_back_to_what_answers_without_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/?secret", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        drop(stream.write_all(&with_length(10)));
        drop(stream.read(&mut [0; 1_000]));
    });
    assert_eq!(rule(get(&url, &LIMITS)), "http-tls");
    server.join().unwrap();
}

#[test]
fn a_known_version_is_asked_for_and_not_fetched_again() {
    let (url, first) = server(|header, stream| {
        assert!(!header.contains("if-none-match"));
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\nETag: \"7\"\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab"));
    });
    let mut client = Client::new(LIMITS);
    let Fetched::Body(body, version) = client.get(&Url::parse(&url).unwrap(), None).unwrap() else { panic!() };
    assert_eq!(body, b"ab");
    first.join().unwrap();
    let (url, second) = server(|header, stream| {
        assert!(header.contains("if-none-match: \"7\"\r\n"), "{header}");
        drop(stream.write_all(b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n"));
    });
    assert_eq!(client.get(&Url::parse(&url).unwrap(), version.as_ref()).unwrap(), Fetched::Unchanged);
    second.join().unwrap();
}

#[test]
fn a_body_that_was_written_while_it_was_served_is_fetched_again() {
    let version = |headers: &[(&str, &str)]| {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(header::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        Version::of(&map).is_some()
    };
    let (now, before) = ("Sat, 21 Nov 2026 15:00:01 GMT", "Sat, 21 Nov 2026 15:00:00 GMT");
    assert!(version(&[("last-modified", before), ("date", now)]));
    assert!(version(&[("last-modified", before), ("date", now), ("etag", "\"x\"")]));
    assert!(version(&[("etag", "\"x\"")]));
    assert!(!version(&[("last-modified", now), ("date", now)]));
    assert!(!version(&[("last-modified", now), ("date", now), ("etag", "\"x\"")]));
    assert!(!version(&[("last-modified", now)]));
    assert!(!version(&[("date", now)]));
}

#[test]
fn a_question_is_posted_with_its_type() {
    let (url, server) = server(|header, stream| {
        assert!(header.starts_with("POST /pki/tenant.crl?key=secret HTTP/1.1\r\n"), "{header}");
        assert!(header.contains("content-type: application/ocsp-request\r\n"), "{header}");
        assert!(header.ends_with("question"), "{header}");
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nanswer"));
    });
    assert_eq!(post(&url, "application/ocsp-request", b"question", &LIMITS).unwrap(), b"answer");
    server.join().unwrap();
    let large = [0; 1_001];
    assert_eq!(rule(post("http://127.0.0.1:1/", "x/y", &large, &LIMITS)), "http-too-large");
}
