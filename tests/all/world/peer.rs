//! A client that speaks raw frames and raw HTTP, so that a test can say what no tool of ours would.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{
    Error, Message, WebSocket,
    client::{IntoClientRequest, client_with_config},
};

use super::{PATIENCE, Server};

/// One WebSocket to `/v1/live`.
#[derive(Debug)]
pub struct Socket {
    ws: WebSocket<TcpStream>,
    waiting: Vec<Value>,
}

/// An HTTP answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    /// The body as one JSON object.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A registered login that speaks for itself.
#[derive(Debug, Clone)]
pub struct Login {
    pub name: String,
    pub token: String,
}

/// 32 random bytes as a secret stands on the wire.
pub fn secret() -> String {
    chmail::wire::Secret::generate().unwrap().into()
}

impl Server {
    fn address(&self) -> String {
        self.url.trim_start_matches("http://").trim_end_matches('/').to_owned()
    }

    /// One HTTP request on a connection of its own.
    #[track_caller]
    pub fn http(&self, method: &str, path: &str, token: Option<&str>, body: &str) -> Answer {
        let bearer = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        self.http_with(method, path, &bearer, body)
    }

    /// The same with any further header lines, each ended by CRLF.
    #[track_caller]
    pub fn http_with(&self, method: &str, path: &str, lines: &str, body: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{lines}Content-Length: {}\r\n\r\n",
            self.address(),
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text}"));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
        Answer { status, head: head.to_owned(), body: if chunked { unchunk(body) } else { body.to_owned() } }
    }

    /// Registers a login by hand.
    #[track_caller]
    pub fn login(&self, name: &str) -> Login {
        let token = secret();
        let body = json!({ "login": name, "mail": format!("{name}@example.org"), "token": token });
        let answer = self.http("POST", "/v1/logins", None, &body.to_string());
        assert_eq!(answer.status, 201, "{answer:?}");
        Login { name: name.to_owned(), token }
    }

    /// A ticket of a login for a mail to `to`.
    #[track_caller]
    pub fn ticket(&self, login: &Login, to: &str, subject: &str) -> String {
        let mint = json!({ "to": [to], "subject": subject, "message_id": "m@example.org" });
        let port = self.http("POST", "/v1/ports", Some(&login.token), "{}");
        assert_eq!(port.status, 200, "{port:?}");
        let answer = self.http("POST", "/v1/tickets", Some(&login.token), &format!("{mint}\n"));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["ticket"].as_str().unwrap().to_owned()
    }

    /// Opens `/v1/live` with further header fields.
    pub fn try_open(&self, fields: &[(&'static str, &str)]) -> Result<Socket, Box<Error>> {
        let stream = TcpStream::connect(self.address()).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut request = format!("ws://{}/v1/live", self.address()).into_client_request().unwrap();
        for (name, value) in fields {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match client_with_config(request, stream, None) {
            Ok((ws, _)) => Ok(Socket { ws, waiting: Vec::new() }),
            Err(error) => Err(Box::new(Error::Io(std::io::Error::other(error.to_string())))),
        }
    }

    /// Opens `/v1/live`.
    pub fn open(&self) -> Socket {
        self.try_open(&[]).unwrap()
    }

    /// An agent of a login, welcomed.
    #[track_caller]
    pub fn agent(&self, login: &Login) -> Socket {
        let mut socket = self.open();
        socket.say(&json!({ "type": "hello", "token": login.token, "role": "agent" }));
        socket.wait("welcome");
        socket
    }

    /// Somebody with just a ticket, welcomed.
    #[track_caller]
    pub fn guest(&self, ticket: &str, guest: &str) -> Socket {
        let mut socket = self.open();
        socket.say(&json!({ "type": "hello", "ticket": ticket, "guest": guest }));
        socket.wait("welcome");
        socket
    }
}

impl Socket {
    /// Connects to a server by its URL and says hello: the socket and the `welcome`. `None` when the server is not
    /// there or hangs up, as one does that is being killed.
    #[track_caller]
    pub fn hello(url: &str, mut hello: Value) -> Option<(Self, Value)> {
        let address = url.trim_start_matches("http://").trim_end_matches('/');
        let stream = TcpStream::connect(address).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        stream.set_nodelay(true).ok()?;
        let request = format!("ws://{address}/v1/live").into_client_request().unwrap();
        let (ws, _) = client_with_config(request, stream, None).ok()?;
        let mut socket = Self { ws, waiting: Vec::new() };
        hello["type"] = json!("hello");
        let welcome = socket.say_text(&hello.to_string()).then(|| socket.next())??;
        assert_eq!(welcome["type"], "welcome", "{welcome}");
        Some((socket, welcome))
    }

    /// Says a frame.
    #[track_caller]
    pub fn say(&mut self, frame: &Value) {
        self.ws.send(Message::Text(frame.to_string().into())).unwrap();
    }

    /// Says any text; the server may have hung up.
    pub fn say_text(&mut self, text: &str) -> bool {
        self.ws.send(Message::Text(text.to_owned().into())).is_ok()
    }

    /// The next frame; `None` when the server hung up.
    pub fn next(&mut self) -> Option<Value> {
        if !self.waiting.is_empty() {
            return Some(self.waiting.remove(0));
        }
        self.read(PATIENCE)
    }

    fn read(&mut self, patience: Duration) -> Option<Value> {
        let until = Instant::now() + patience;
        loop {
            let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
            self.ws.get_mut().set_read_timeout(Some(left)).unwrap();
            match self.ws.read() {
                Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).unwrap()),
                Ok(Message::Close(_)) => return None,
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    assert!(Instant::now() < until, "waited {patience:?} for a frame");
                }
                Err(_) => return None,
            }
        }
    }

    /// Waits for a frame of a type; other frames stay for later waits.
    #[track_caller]
    pub fn wait(&mut self, kind: &str) -> Value {
        if let Some(found) = self.waiting.iter().position(|frame| frame["type"] == kind) {
            return self.waiting.remove(found);
        }
        loop {
            let frame = self.read(PATIENCE);
            let frame = frame.unwrap_or_else(|| panic!("hung up before {kind}; had {:?}", self.waiting));
            if frame["type"] == kind {
                return frame;
            }
            self.waiting.push(frame);
        }
    }

    /// Everything that has come until the server answers a question asked now, in order.
    #[track_caller]
    pub fn all(&mut self) -> Vec<Value> {
        // A call nobody has: the server answers at once, and whatever it said before is here by then.
        self.say(&json!({ "type": "cancel", "call": "sync" }));
        let mut all = std::mem::take(&mut self.waiting);
        loop {
            let frame = self.read(PATIENCE).expect("hung up");
            if frame["type"] == "error" && frame["call"] == "sync" {
                return all;
            }
            all.push(frame);
        }
    }

    /// Places a call by the ticket of `hello`.
    #[track_caller]
    pub fn invite(&mut self, call: &str) {
        self.say(&json!({ "type": "invite", "call": call }));
    }

    /// Says a line and waits until it is durable. Returns its position.
    #[track_caller]
    pub fn line(&mut self, conversation: &Value, id: &str, text: &str) -> u64 {
        self.say(&json!({ "type": "line", "conversation": conversation, "id": id, "text": text }));
        loop {
            let ack = self.wait("ack");
            if ack["id"] == id {
                return ack["position"].as_u64().unwrap();
            }
        }
    }
}

fn unchunk(mut body: &str) -> String {
    let mut text = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap();
        if size == 0 {
            break;
        }
        text.push_str(&rest[..size]);
        body = &rest[size + 2..];
    }
    text
}
