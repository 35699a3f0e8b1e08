//! A static web server on the loopback, as any would serve a folder of lists.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

/// Serves until it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    folder: PathBuf,
    stopped: AtomicBool,
    full: AtomicUsize,
    unchanged: AtomicUsize,
}

impl Server {
    pub(crate) fn new(folder: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            folder,
            stopped: AtomicBool::new(false),
            full: AtomicUsize::new(0),
            unchanged: AtomicUsize::new(0),
        });
        let served = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if served.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let (state, stream) = (Arc::clone(&served), stream.unwrap());
                thread::spawn(move || state.serve(&stream));
            }
        });
        Self { address, state }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many lists were sent whole, and of how many it was said that they are unchanged.
    pub(crate) fn lists_served(&self) -> (usize, usize) {
        (self.state.full.load(Ordering::SeqCst), self.state.unchanged.load(Ordering::SeqCst))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.stopped.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
    }
}

impl State {
    fn serve(&self, mut stream: &TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        loop {
            let (mut first, mut header) = (String::new(), String::new());
            if reader.read_line(&mut first).unwrap_or(0) == 0 || self.stopped.load(Ordering::SeqCst) {
                return;
            }
            while reader.read_line(&mut header).unwrap_or(0) > 2 {}
            let name = first.split(' ').nth(1).unwrap_or("/").trim_start_matches('/');
            if stream.write_all(&self.answer(name, &header)).is_err() {
                return;
            }
        }
    }

    fn answer(&self, name: &str, header: &str) -> Vec<u8> {
        let path = self.folder.join(name);
        let index = || {
            let names =
                fs::read_dir(&self.folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
            let names: Vec<String> = names.map(|name| format!("\"{name}\"")).collect();
            format!("{{\"files\": [{}]}}", names.join(",")).into_bytes()
        };
        let body = match (name, fs::read(&path)) {
            (_, Ok(body)) => body,
            ("index.json", Err(_)) => index(),
            (_, Err(_)) => return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec(),
        };
        let modified = modified(&path);
        let tag = format!("\"{modified}-{}\"", body.len());
        if header.contains(&format!("if-none-match: {tag}\r\n")) {
            self.unchanged.fetch_add(1, Ordering::SeqCst);
            return b"HTTP/1.1 304 Not Modified\r\n\r\n".to_vec();
        }
        if name.ends_with(".crl") {
            self.full.fetch_add(1, Ordering::SeqCst);
        }
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let head = format!(
            "HTTP/1.1 200 OK\r\nETag: {tag}\r\nLast-Modified: {modified}\r\nDate: {seconds}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        [head.as_bytes(), &body].concat()
    }
}

/// In seconds, as servers count.
fn modified(path: &Path) -> u64 {
    let modified = fs::metadata(path).and_then(|metadata| metadata.modified()).unwrap_or(UNIX_EPOCH);
    modified.duration_since(UNIX_EPOCH).unwrap().as_secs()
}
