//! The plainest client of `/v1/live`: frames in, frames out, nothing between the test and the server.

use std::net::TcpStream;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{self, Message, WebSocket, client::IntoClientRequest};

use super::PATIENCE;

/// An open WebSocket.
#[derive(Debug)]
pub struct Socket {
    socket: WebSocket<TcpStream>,
}

impl Socket {
    /// Connects to a CH server; `None` when it is not there.
    pub fn connect(server: &str) -> Option<Self> {
        let address = server.trim_start_matches("http://").trim_end_matches('/');
        let stream = TcpStream::connect(address).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        stream.set_nodelay(true).ok()?;
        let request = format!("ws://{address}/v1/live").into_client_request().unwrap();
        let (socket, _) = tungstenite::client(request, stream).ok()?;
        Some(Self { socket })
    }

    /// Connects and says hello: the socket and the `welcome`; `None` when the server is not there or leaves.
    pub fn hello(server: &str, mut hello: Value) -> Option<(Self, Value)> {
        let mut socket = Self::connect(server)?;
        hello["type"] = json!("hello");
        let welcome = socket.say(&hello).then(|| socket.hear())??;
        assert_eq!(welcome["type"], "welcome", "{welcome}");
        Some((socket, welcome))
    }

    /// Says a frame; `false` when the server is gone.
    pub fn say(&mut self, frame: &Value) -> bool {
        self.say_text(&frame.to_string())
    }

    /// Says what need not be a frame.
    pub fn say_text(&mut self, text: &str) -> bool {
        self.socket.send(Message::text(text)).is_ok()
    }

    /// The next frame; `None` when the server is gone.
    #[track_caller]
    pub fn hear(&mut self) -> Option<Value> {
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).unwrap()),
                Ok(Message::Close(_)) => return None,
                Ok(_) => {}
                Err(tungstenite::Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    panic!("waited {PATIENCE:?} for a frame")
                }
                Err(_) => return None,
            }
        }
    }

    /// The next frame of this type; others are passed over.
    #[track_caller]
    pub fn frame(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.hear().unwrap_or_else(|| panic!("the server is gone, a frame `{kind}` was due"));
            if frame["type"] == kind {
                return frame;
            }
        }
    }
}
