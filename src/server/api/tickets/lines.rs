//! A request's body as lines of bounded length, as they arrive.

use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use futures_util::{FutureExt, StreamExt};
use tokio::time::timeout;

use crate::{
    server::Problem,
    wire::{Code, limits},
};

/// The lines of a body.
pub struct Lines {
    body: BodyDataStream,
    stall: Duration,
    /// What arrived and is not told yet.
    rest: Bytes,
    /// The beginning of a line whose end has not arrived.
    begun: Vec<u8>,
    /// The line in hand is too long: what it holds is not kept.
    too_long: bool,
    over: bool,
}

impl Lines {
    /// Lines of `body`; a pause longer than `stall` is told and ends them.
    pub fn new(body: Body, stall: Duration) -> Self {
        Self {
            body: body.into_data_stream(),
            stall,
            rest: Bytes::new(),
            begun: Vec::new(),
            too_long: false,
            over: false,
        }
    }

    /// The next line without its end, or what is wrong with it. Blank lines are passed over.
    pub async fn next(&mut self) -> Option<Result<Vec<u8>, Problem>> {
        loop {
            if let Some(line) = self.whole() {
                return Some(line);
            }
            if self.over {
                return self.last();
            }
            match timeout(self.stall, self.body.next()).await {
                Ok(Some(Ok(bytes))) => self.rest = bytes,
                Ok(None) => self.over = true,
                Ok(Some(Err(_))) => self.give_up(),
                Err(_) => {
                    self.give_up();
                    return Some(Err(Problem::new(Code::Unavailable, "nothing came for too long")));
                }
            }
        }
    }

    /// The next line if it is here already.
    pub async fn ready(&mut self) -> Option<Result<Vec<u8>, Problem>> {
        loop {
            if let Some(line) = self.whole() {
                return Some(line);
            }
            if self.over {
                return None;
            }
            match self.body.next().now_or_never() {
                Some(Some(Ok(bytes))) => self.rest = bytes,
                Some(None) => {
                    self.over = true;
                    return self.last();
                }
                Some(Some(Err(_))) => {
                    self.give_up();
                    return None;
                }
                None => return None,
            }
        }
    }

    /// Half a line of an asker that went away was never asked.
    fn give_up(&mut self) {
        self.over = true;
        self.begun.clear();
        self.too_long = false;
    }

    fn whole(&mut self) -> Option<Result<Vec<u8>, Problem>> {
        while !self.rest.is_empty() {
            let Some(end) = memchr::memchr(b'\n', &self.rest) else {
                let rest = std::mem::take(&mut self.rest);
                self.keep(&rest);
                return None;
            };
            let piece = self.rest.split_to(end + 1);
            self.keep(&piece[..end]);
            if let Some(line) = self.last() {
                return Some(line);
            }
        }
        None
    }

    fn keep(&mut self, piece: &[u8]) {
        if self.begun.len() + piece.len() >= limits::FRAME {
            self.too_long = true;
            self.begun = Vec::new();
        }
        if !self.too_long {
            self.begun.extend_from_slice(piece);
        }
    }

    /// The line in hand, which ends here.
    fn last(&mut self) -> Option<Result<Vec<u8>, Problem>> {
        if std::mem::take(&mut self.too_long) {
            let says = format!("a line has at most {} bytes with its end", limits::FRAME);
            return Some(Err(Problem::new(Code::TooLarge, says)));
        }
        let line = std::mem::take(&mut self.begun);
        if line.trim_ascii().is_empty() { None } else { Some(Ok(line)) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::convert::Infallible;

    use futures_util::stream;

    use super::*;

    async fn told(chunks: Vec<Vec<u8>>) -> Vec<Result<String, Code>> {
        let chunks = chunks.into_iter().map(|chunk| Ok::<_, Infallible>(Bytes::from(chunk)));
        let mut lines = Lines::new(Body::from_stream(stream::iter(chunks)), Duration::from_secs(1));
        let mut told = Vec::new();
        while let Some(line) = lines.next().await {
            told.push(line.map(|line| String::from_utf8(line).unwrap()).map_err(|problem| problem.code()));
        }
        told
    }

    #[tokio::test]
    async fn lines_come_whole_however_they_were_cut() {
        let cut = vec![b"on".to_vec(), b"e\ntwo\n\n  \nth".to_vec(), b"ree".to_vec()];
        assert_eq!(told(cut).await, [Ok("one".to_owned()), Ok("two".to_owned()), Ok("three".to_owned())]);
    }

    #[tokio::test]
    async fn a_line_too_long_is_told_and_the_next_is_read() {
        let long = vec![b'x'; limits::FRAME];
        let chunks = vec![b"a\n".to_vec(), long.clone(), long, b"\nb\n".to_vec()];
        assert_eq!(told(chunks).await, [Ok("a".to_owned()), Err(Code::TooLarge), Ok("b".to_owned())]);
    }
}
