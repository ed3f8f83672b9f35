//! Looks at the head of a connection's first request as it came over the wire. Used by `serve`, since the HTTP
//! library drops a `Content-Length` beside chunks without a word, and such a request must be refused: two readers
//! could take its end for different places. It passes every byte on unchanged and judges nothing but that.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The HTTP library refuses longer heads anyway.
const LONGEST: usize = 512 * 1024;

/// Whether the first request had both a length and chunks. Known before the request is handled.
#[derive(Clone, Default)]
pub struct Verdict(Arc<AtomicBool>);

impl Verdict {
    pub fn is_ambiguous(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Finds both headers in a head that comes in pieces.
#[derive(Default)]
struct Scan {
    line: Vec<u8>,
    length: usize,
    has_begun: bool,
    has_length: bool,
    has_coding: bool,
    is_over: bool,
}

impl Scan {
    fn feed(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if self.is_over {
                return;
            }
            self.length += 1;
            if *byte != b'\n' {
                self.line.push(*byte);
                self.is_over = self.length > LONGEST;
                continue;
            }
            let line = std::mem::take(&mut self.line);
            let line = line.trim_ascii();
            // Empty lines before the request line mean nothing.
            self.is_over = line.is_empty() && self.has_begun;
            self.has_begun |= !line.is_empty();
            let name = line.split(|b| *b == b':').next().unwrap_or_default();
            self.has_length |= name.eq_ignore_ascii_case(b"content-length");
            self.has_coding |= name.eq_ignore_ascii_case(b"transfer-encoding");
        }
    }
}

/// A connection whose first head is looked at.
pub struct Watched<S> {
    inner: S,
    scan: Scan,
    verdict: Verdict,
}

impl<S> Watched<S> {
    pub fn new(inner: S) -> (Watched<S>, Verdict) {
        let verdict = Verdict::default();
        (Watched { inner, scan: Scan::default(), verdict: verdict.clone() }, verdict)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let this = &mut *self;
        ready!(Pin::new(&mut this.inner).poll_read(cx, buf))?;
        if !this.scan.is_over {
            this.scan.feed(&buf.filled()[before..]);
            this.verdict.0.store(this.scan.has_length && this.scan.has_coding, Ordering::Release);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_headers_of_the_first_head_are_found_in_any_pieces() {
        for (text, both) in [
            ("POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", true),
            ("\r\nPOST / HTTP/1.1\ntransfer-encoding: chunked\ncontent-length: 1\n\n", true),
            ("POST / HTTP/1.1\r\nContent-Length: 30\r\n\r\nx\r\nTransfer-Encoding: chunked\r\n\r\n", false),
            ("POST / HTTP/1.1\r\nX: Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", false),
        ] {
            for piece in [1, 7, 1000] {
                let mut scan = Scan::default();
                text.as_bytes().chunks(piece).for_each(|bytes| scan.feed(bytes));
                assert_eq!(scan.has_length && scan.has_coding, both, "{text:?} by {piece}");
                assert!(scan.is_over);
            }
        }
    }
}
