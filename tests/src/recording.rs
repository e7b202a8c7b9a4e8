//! A server that notes what it is sent.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// One request.
#[derive(Clone, Debug)]
pub struct Sent {
    pub line: String,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Sent {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Notes what it is sent, and answers with what is made of it: a status and a body.
pub struct Recording {
    pub address: String,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl Recording {
    pub fn start(answer: impl Fn(&Sent) -> (u16, String) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
        Self::listening(listener, answer)
    }

    pub fn listening(
        listener: TcpListener,
        answer: impl Fn(&Sent) -> (u16, String) + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().expect("it has an address").to_string();
        let sent = Arc::new(Mutex::new(Vec::new()));
        let (notes, answer) = (sent.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (notes, answer) = (notes.clone(), answer.clone());
                // Whoever asks may go away.
                std::thread::spawn(move || serve(stream, &notes, &*answer));
            }
        });
        Self { address, sent }
    }

    pub fn sent(&self) -> Vec<Sent> {
        self.sent.lock().expect("nobody panics with it").clone()
    }
}

fn serve(
    stream: TcpStream,
    notes: &Mutex<Vec<Sent>>,
    answer: &dyn Fn(&Sent) -> (u16, String),
) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_end().to_owned();
            if line.is_empty() {
                break;
            }
            lines.push(line);
        }
        let headers: Vec<_> = lines[1..]
            .iter()
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length = length.map_or(0, |(_, n)| n.parse().expect("it is a number"));
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let body = String::from_utf8(body).expect("it is text");
        let sent = Sent { line: lines[0].clone(), headers, body };
        notes.lock().expect("nobody panics with it").push(sent.clone());
        let (status, body) = answer(&sent);
        let length = match status {
            204 => String::new(),
            _ => format!("Content-Length: {}\r\n", body.len()),
        };
        write!(stream, "HTTP/1.1 {status} Answer\r\n{length}\r\n{body}").ok()?;
    }
}
