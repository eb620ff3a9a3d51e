//! What goes into a batch: whole lines, as many at once as there are, or jobs that are none of somebody else's words.

use std::io::{self, Read};

use memchr::{memchr, memrchr};

use super::queue::{Queue, Weighs};
use crate::wire::record::Job;

/// Bytes of one job.
pub const JOB: usize = 8 * 1024 * 1024;
/// Bytes read at once.
pub const READ: usize = 64 * 1024;

/// Where jobs come from.
pub enum Input {
    /// NDJSON of `job` records.
    Lines(Box<dyn Read + Send>),
    /// Jobs, some at a time.
    Jobs(Box<dyn Iterator<Item = Vec<Job>> + Send>),
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Lines(_) => "Lines",
            Self::Jobs(_) => "Jobs",
        })
    }
}

/// Some of the input.
#[derive(Debug)]
pub enum Chunk {
    /// Jobs, and the number of the first.
    Jobs(Vec<Job>, u64),
    /// Whole lines (the last may lack its end), and the number of the first.
    Lines(Vec<u8>, u64),
    /// That line is longer than [`JOB`] and was passed over.
    TooLong(u64),
    /// Reading failed; nothing comes after it.
    Failed(io::Error),
}

impl Weighs for Chunk {
    fn weight(&self) -> usize {
        match self {
            Self::Lines(bytes, _) => bytes.len().max(1),
            Self::Jobs(jobs, _) => jobs.iter().map(Weighs::weight).sum::<usize>().max(1),
            _ => 1,
        }
    }
}

impl Weighs for Job {
    fn weight(&self) -> usize {
        [&self.raw, &self.text, &self.html].into_iter().flatten().map(String::len).sum::<usize>() + 500
    }
}

/// Takes all that comes, to the end or until nobody wants more.
pub fn take_in(input: Input, to: &Queue<Chunk>) {
    match input {
        Input::Lines(input) => read(input, to),
        Input::Jobs(groups) => {
            let mut number = 1;
            for jobs in groups {
                let count = jobs.len() as u64;
                if !to.put([Chunk::Jobs(jobs, number)]) {
                    break;
                }
                number += count;
            }
            to.end();
        }
    }
}

/// Reads to the end, or until nobody wants more. What has come in is handed on before the next is waited for.
fn read(mut input: impl Read, to: &Queue<Chunk>) {
    let mut number = 1;
    let mut begun: Vec<u8> = Vec::new();
    // The line in hand is too long: what it holds is not kept.
    let mut skipping = false;
    let mut buffer = vec![0; READ];
    let goes_on = loop {
        let count = match input.read(&mut buffer) {
            Ok(0) => break true,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => break to.put([Chunk::Failed(error)]),
        };
        let mut new = &buffer[..count];
        if skipping {
            let Some(end) = memchr(b'\n', new) else { continue };
            new = &new[end + 1..];
            skipping = false;
            if !to.put([Chunk::TooLong(number)]) {
                break false;
            }
            number += 1;
        }
        let Some(end) = memrchr(b'\n', new) else {
            begun.extend_from_slice(new);
            if begun.len() > JOB {
                begun = Vec::new();
                skipping = true;
            }
            continue;
        };
        let (whole, rest) = new.split_at(end + 1);
        let mut lines = std::mem::take(&mut begun);
        lines.extend_from_slice(whole);
        begun.extend_from_slice(rest);
        let count = memchr::memchr_iter(b'\n', &lines).count() as u64;
        if !to.put([Chunk::Lines(lines, number)]) {
            break false;
        }
        number += count;
    };
    if goes_on && skipping {
        to.put([Chunk::TooLong(number)]);
    } else if goes_on && !begun.is_empty() {
        to.put([Chunk::Lines(begun, number)]);
    }
    to.end();
}

/// The lines in some bytes, without their ends.
pub fn split(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let end = memchr(b'\n', bytes).unwrap_or(bytes.len());
        let line = &bytes[..end];
        bytes = bytes.get(end + 1..).unwrap_or_default();
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    /// Gives its pieces one by one.
    struct Pieces(Vec<Vec<u8>>);

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let piece = self.0.remove(0);
            buffer[..piece.len()].copy_from_slice(&piece);
            Ok(piece.len())
        }
    }

    #[test]
    fn split_lines_have_no_ends_and_the_last_may_lack_its_own() {
        for (bytes, due) in [("a\n\nb\n", vec!["a", "", "b"]), ("\na", vec!["", "a"]), ("", vec![])] {
            let lines: Vec<_> =
                split(bytes.as_bytes()).map(|line| std::str::from_utf8(line).unwrap()).collect();
            assert_eq!(lines, due);
        }
    }

    #[test]
    fn lines_come_whole_with_their_numbers_however_they_were_cut() {
        let queue = Queue::new(usize::MAX, 1);
        let long = vec![b'x'; READ];
        let mut pieces = vec![b"a\nb".to_vec(), b"b".to_vec(), b"\nc\n".to_vec()];
        pieces.extend((0..JOB / READ + 1).map(|_| long.clone()));
        pieces.extend([b"x\nd\n".to_vec(), b"end".to_vec()]);
        read(Pieces(pieces), &queue);
        let mut seen = Vec::new();
        for chunk in queue.take(usize::MAX).unwrap() {
            match chunk {
                Chunk::Lines(bytes, number) => seen.push((number, String::from_utf8(bytes).unwrap())),
                Chunk::TooLong(number) => seen.push((number, "too long".to_owned())),
                Chunk::Failed(error) => panic!("{error}"),
                Chunk::Jobs(..) => panic!("these are lines"),
            }
        }
        let due = [(1, "a\n"), (2, "bb\nc\n"), (4, "too long"), (5, "d\n"), (6, "end")];
        assert_eq!(seen, due.map(|(number, text)| (number, text.to_owned())));
    }
}
