//! Connections that can be reset or cut.
//!
//! Input: connections. Output: the bytes of responses, a reset, or a part of a body. Not here: when that happens (`faults.rs`).

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    Off,
    Reset,
    Body(usize),
    Rest(usize),
}

/// The controls of one connection.
#[derive(Debug, Clone)]
pub struct Line(Arc<Mutex<Cut>>);

impl Line {
    /// Resets the connection instead of sending the next bytes.
    pub fn reset(&self) {
        *self.0.lock().expect("a line") = Cut::Reset;
    }

    /// Ends the next response after some bytes of its body.
    pub fn cut_body(&self, bytes: usize) {
        *self.0.lock().expect("a line") = Cut::Body(bytes);
    }
}

impl Connected<IncomingStream<'_, Door>> for Line {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        stream.remote_addr().clone()
    }
}

/// Accepts connections.
pub struct Door(pub TcpListener);

impl Listener for Door {
    type Io = Wire;
    type Addr = Line;

    async fn accept(&mut self) -> (Wire, Line) {
        loop {
            if let Ok((stream, _)) = self.0.accept().await {
                let _ = stream.set_nodelay(true);
                let line = Line(Arc::new(Mutex::new(Cut::Off)));
                return (
                    Wire {
                        stream,
                        line: line.clone(),
                    },
                    line,
                );
            }
        }
    }

    fn local_addr(&self) -> io::Result<Line> {
        Ok(Line(Arc::new(Mutex::new(Cut::Off))))
    }
}

/// A connection's bytes.
pub struct Wire {
    stream: TcpStream,
    line: Line,
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let cut = *self.line.0.lock().expect("a line");
        let (allowed, head) = match cut {
            Cut::Off => (buf.len(), None),
            Cut::Reset => {
                let _ = self.stream.set_zero_linger();
                return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
            }
            Cut::Rest(0) => return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
            Cut::Rest(left) => (left.min(buf.len()), Some(0)),
            Cut::Body(left) => match buf.windows(4).position(|four| four == b"\r\n\r\n") {
                Some(at) => ((at + 4 + left).min(buf.len()), Some(at + 4)),
                None => (buf.len(), None),
            },
        };
        let written = Pin::new(&mut self.stream).poll_write(cx, &buf[..allowed]);
        if let (Poll::Ready(Ok(sent)), Some(head), Cut::Rest(left) | Cut::Body(left)) = (&written, head, cut)
        {
            *self.line.0.lock().expect("a line") = Cut::Rest(left.saturating_sub(sent.saturating_sub(head)));
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
