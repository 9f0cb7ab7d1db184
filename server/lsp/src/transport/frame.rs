//! Frames: header lines such as `Content-Length: 52`, an empty line, then so many bytes.
//!
//! Reading never gives up on a damaged stream: what is wrong is reported once per damaged
//! stretch, and reading goes on at the next line that ends in a believable `Content-Length: N`.
//! Knows bytes only; what a body means is decided in `message`.

use std::fmt::{self, Display, Formatter};
use std::io::{self, Read};
use std::mem;

use super::header::Line;

/// Largest accepted body, in bytes. A larger number in a header is taken for damage.
pub const MAX_BODY: usize = 512 * 1024 * 1024;

/// Longest header line, in bytes. Anything longer is garbage.
const MAX_LINE: usize = 4096;

/// What is kept of an overlong line, in bytes: enough for a `Content-Length: N` at its end.
const TAIL: usize = 64;

/// Bytes asked for at a time while reading headers and short bodies.
const CHUNK: usize = 16 * 1024;

/// Bytes asked for at a time while reading a body that is longer: as many as a pipe holds.
const PIECE: usize = 64 * 1024;

/// What the bytes of a body become as they arrive.
pub trait Body {
    /// A body of so many bytes, as its header says: they need not come.
    fn announced(n_bytes: usize) -> Self;

    /// Takes the next bytes of it.
    fn take(&mut self, bytes: &[u8]);
}

impl Body for Vec<u8> {
    fn announced(_: usize) -> Self {
        Self::new()
    }

    fn take(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// One step through the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame<B = Vec<u8>> {
    /// What became of one body, of exactly as many bytes as its header announced.
    Body(B),
    /// A stretch that holds no frame. The next frame may follow.
    Damaged(Damage),
}

/// Why a stretch of the stream holds no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// Header lines without a `Content-Length`.
    MissingLength,
    /// A `Content-Length` that is not a number, or is negative.
    BadLength,
    /// A `Content-Length` above [`MAX_BODY`].
    TooLong,
    /// Bytes between two frames.
    Garbage,
}

impl Display for Damage {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingLength => f.write_str("header without Content-Length"),
            Self::BadLength => f.write_str("Content-Length is not a number of bytes"),
            Self::TooLong => write!(f, "Content-Length is above {MAX_BODY} bytes"),
            Self::Garbage => f.write_str("bytes between two messages"),
        }
    }
}

/// Reads frames from a stream of bytes.
///
/// Header names are matched without regard to case, a lone line feed ends a line as well as
/// `\r\n`, and headers other than `Content-Length` are ignored.
#[derive(Debug)]
pub struct FrameReader<R> {
    input: R,
    /// Bytes read but not used yet stand from `start` to `end`.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// The length announced by the header block being read. The last one wins: a header that
    /// was cut off may be followed by a whole one.
    length: Option<usize>,
    /// Whether the header block being read has had some other header.
    has_other_header: bool,
    /// Whether damage was reported since the last frame; no more is said until the next one.
    is_damaged: bool,
}

impl<R: Read> FrameReader<R> {
    /// Reads from `input`, from the start of a frame.
    pub fn new(input: R) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            length: None,
            has_other_header: false,
            is_damaged: false,
        }
    }

    /// The next frame or damage; `None` at the end of the stream, also when that is inside a frame.
    ///
    /// # Errors
    ///
    /// Whatever reading fails with; the stream is over then.
    pub fn next_frame<B: Body>(&mut self) -> io::Result<Option<Frame<B>>> {
        while let Some(line) = self.next_line()? {
            let damage = match line {
                Line::Empty => {
                    if let Some(length) = self.length.take() {
                        self.has_other_header = false;
                        self.is_damaged = false;
                        return Ok(self.read_body(length)?.map(Frame::Body));
                    }
                    // Some clients end a body with a line break: an empty line alone is no damage.
                    mem::take(&mut self.has_other_header).then_some(Damage::MissingLength)
                }
                Line::Length { value, at_start } => {
                    self.length = value.ok();
                    match value {
                        Err(damage) => Some(damage),
                        Ok(_) if at_start => None,
                        Ok(_) => Some(Damage::Garbage),
                    }
                }
                Line::OtherHeader => {
                    self.has_other_header = true;
                    None
                }
                Line::Garbage if self.length.is_none() => Some(Damage::Garbage),
                Line::Garbage => None,
            };
            if let Some(damage) = damage {
                self.has_other_header = false;
                if !mem::replace(&mut self.is_damaged, true) {
                    return Ok(Some(Frame::Damaged(damage)));
                }
            }
        }
        Ok(None)
    }

    fn next_line(&mut self) -> io::Result<Option<Line>> {
        let mut n_searched = 0;
        loop {
            let unused = &self.buffer[self.start..self.end];
            if let Some(end) = unused[n_searched..].iter().position(|&byte| byte == b'\n') {
                let end = n_searched + end;
                let line = Line::of(&unused[..end]);
                self.start += end + 1;
                return Ok(Some(line));
            }
            n_searched = unused.len();
            if n_searched > MAX_LINE {
                // A header inside the dropped part would have its line feed there too.
                self.start = self.end - TAIL;
                return Ok(Some(Line::Garbage));
            }
            if !self.fill(CHUNK)? {
                return Ok(None);
            }
        }
    }

    /// Reads up to so many bytes behind the buffered ones; `false` at the end of the stream.
    fn fill(&mut self, n_bytes: usize) -> io::Result<bool> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let wanted = self.end..self.end + n_bytes;
        if self.buffer.len() < wanted.end {
            self.buffer.resize(wanted.end, 0);
        }
        let n_read = loop {
            match self.input.read(&mut self.buffer[wanted.clone()]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.end += n_read;
        Ok(n_read > 0)
    }

    fn read_body<B: Body>(&mut self, length: usize) -> io::Result<Option<B>> {
        let mut body = B::announced(length);
        let mut n_to_come = length;
        loop {
            let unused = &self.buffer[self.start..self.end];
            let next = &unused[..n_to_come.min(unused.len())];
            n_to_come -= next.len();
            body.take(next);
            self.start += next.len();
            if n_to_come == 0 {
                return Ok(Some(body));
            }
            if !self.fill(if n_to_come > CHUNK { PIECE } else { CHUNK })? {
                return Ok(None);
            }
        }
    }
}

/// Writes `body` as one frame to the end of `frame`.
pub fn encode(body: &[u8], frame: &mut Vec<u8>) {
    frame.extend_from_slice(header(body.len()).as_bytes());
    frame.extend_from_slice(body);
}

/// What stands before a body of so many bytes.
pub(super) fn header(n_bytes: usize) -> String {
    format!("Content-Length: {n_bytes}\r\n\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out at most `step` bytes a time and notes the largest buffer it was offered.
    struct Stutter<'a> {
        bytes: &'a [u8],
        step: usize,
        largest: usize,
    }

    impl Read for Stutter<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.largest = self.largest.max(buffer.len());
            let n = self.step.min(buffer.len()).min(self.bytes.len());
            buffer[..n].copy_from_slice(&self.bytes[..n]);
            self.bytes = &self.bytes[n..];
            Ok(n)
        }
    }

    /// `expected` has one item per step: a body in quotes, or the name of the damage.
    fn check(stream: &str, expected: &[&str]) {
        check_bytes(stream.as_bytes(), expected);
    }

    fn check_bytes(stream: &[u8], expected: &[&str]) {
        for step in [1, 2, 7, usize::MAX] {
            let mut reader = FrameReader::new(Stutter {
                bytes: stream,
                step,
                largest: 0,
            });
            let mut found = Vec::new();
            while let Some(frame) = reader.next_frame().expect("memory does not fail") {
                found.push(match frame {
                    Frame::<Vec<u8>>::Body(body) => format!("'{}'", body.escape_ascii()),
                    Frame::Damaged(damage) => format!("{damage:?}"),
                });
            }
            assert_eq!(found, expected, "read {step} bytes at a time");
        }
    }

    #[test]
    fn frames_follow_each_other() {
        check(
            "Content-Length: 2\r\n\r\n{}Content-Length: 0\r\n\r\nContent-Length: 3\r\n\r\n[1]",
            &["'{}'", "''", "'[1]'"],
        );
    }

    #[test]
    fn header_names_have_no_case_and_other_headers_do_not_count() {
        check("content-length: 2\r\n\r\n{}", &["'{}'"]);
        check(
            "CONTENT-LENGTH:2\r\nContent-Type: x; charset=y\r\n\r\n{}",
            &["'{}'"],
        );
        check(
            "Content-Type: x\r\nX-Other: 5\r\nContent-Length : 2 \r\n\r\n{}",
            &["'{}'"],
        );
    }

    #[test]
    fn lone_line_feeds_end_header_lines() {
        check(
            "Content-Length: 2\nContent-Type: x\n\n{}Content-Length: 2\n\n[]",
            &["'{}'", "'[]'"],
        );
    }

    #[test]
    fn empty_lines_between_frames_are_no_damage() {
        check(
            "\r\nContent-Length: 2\r\n\r\n{}\r\n\r\nContent-Length: 2\r\n\r\n[]",
            &["'{}'", "'[]'"],
        );
    }

    #[test]
    fn missing_length_costs_one_message() {
        check(
            "Content-Type: x\r\n\r\n{\"a\":1}Content-Length: 2\r\n\r\n{}",
            &["MissingLength", "'{}'"],
        );
    }

    #[test]
    fn bad_lengths_cost_one_message() {
        for bad in ["abc", "-5", "+5", "", "5x", "0x5", "1 2", "1e3"] {
            check(
                &format!("Content-Length: {bad}\r\n\r\n{{\"a\":1}}Content-Length: 2\r\n\r\n{{}}"),
                &["BadLength", "'{}'"],
            );
        }
    }

    #[test]
    fn absurd_lengths_cost_one_message() {
        for absurd in ["536870913", "99999999999", "99999999999999999999999999"] {
            check(
                &format!("Content-Length: {absurd}\r\n\r\n{{}}Content-Length: 2\r\n\r\n[]"),
                &["TooLong", "'[]'"],
            );
        }
    }

    #[test]
    fn garbage_is_reported_once_and_skipped() {
        check(
            "what?\r\nis this\r\nContent-Length: 2\r\n\r\n{}",
            &["Garbage", "'{}'"],
        );
        check("what?Content-Length: 2\r\n\r\n{}", &["Garbage", "'{}'"]);
        check_bytes(
            b"\xff\x00\xfe\nContent-Length: 2\r\n\r\n{}",
            &["Garbage", "'{}'"],
        );
    }

    #[test]
    fn garbage_after_a_good_frame_is_reported_again() {
        check(
            "x\nContent-Length: 2\r\n\r\n{}y\nContent-Length: 2\r\n\r\n[]",
            &["Garbage", "'{}'", "Garbage", "'[]'"],
        );
    }

    #[test]
    fn long_garbage_without_a_line_feed_is_skipped_wherever_the_header_falls() {
        for n_garbage in (2 * MAX_LINE - 80)..(2 * MAX_LINE + 80) {
            let mut stream = vec![b'x'; n_garbage];
            stream.extend_from_slice(b"Content-Length: 2\r\n\r\n{}");
            let mut reader = FrameReader::new(Stutter {
                bytes: &stream,
                step: 1000,
                largest: 0,
            });
            assert_eq!(
                reader.next_frame::<Vec<u8>>().unwrap(),
                Some(Frame::Damaged(Damage::Garbage))
            );
            assert_eq!(
                reader.next_frame::<Vec<u8>>().unwrap(),
                Some(Frame::Body(b"{}".to_vec()))
            );
        }
    }

    #[test]
    fn too_small_a_length_costs_the_rest_of_the_body() {
        check(
            "Content-Length: 4\r\n\r\n{\"a\":1}Content-Length: 2\r\n\r\n{}",
            &["'{\\\"a\\\"'", "Garbage", "'{}'"],
        );
    }

    #[test]
    fn cut_off_header_is_replaced_by_the_whole_one() {
        check(
            "Content-Length: 77\r\nContent-Length: 2\r\n\r\n{}",
            &["'{}'"],
        );
        check(
            "Content-LenContent-Length: 2\r\n\r\n{}",
            &["Garbage", "'{}'"],
        );
    }

    #[test]
    fn text_in_a_skipped_body_is_not_mistaken_for_a_header() {
        check(
            "Content-Length: x\r\n\r\n{\"t\":\"Content-Length: 3\\n\"}Content-Length: 2\r\n\r\n{}",
            &["BadLength", "'{}'"],
        );
    }

    #[test]
    fn stream_may_end_anywhere() {
        check("", &[]);
        check("Content-Le", &[]);
        check("Content-Length: 2\r\n", &[]);
        check("Content-Length: 2\r\n\r\n{", &[]);
    }

    #[test]
    fn memory_grows_with_what_arrives() {
        let stream = b"Content-Length: 500000000\r\n\r\n{}";
        let mut reader = FrameReader::new(Stutter {
            bytes: stream,
            step: 10,
            largest: 0,
        });
        assert_eq!(reader.next_frame::<Vec<u8>>().unwrap(), None);
        assert!(
            reader.input.largest < 1 << 20,
            "asked for {} bytes",
            reader.input.largest
        );
    }

    #[test]
    fn encoded_bodies_are_read_back() {
        let mut stream = Vec::new();
        encode(b"{\"a\":1}", &mut stream);
        encode(b"", &mut stream);
        assert_eq!(
            stream,
            b"Content-Length: 7\r\n\r\n{\"a\":1}Content-Length: 0\r\n\r\n"
        );
        check_bytes(&stream, &["'{\\\"a\\\":1}'", "''"]);
    }
}
