//! Who asks, and how it is measured.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::ask::Ask;
use crate::figures::Figures;
use crate::server::Server;
use crate::{CONNECTIONS, Outcome, WARM_UP};

/// The distance of requests in the open loop: 500 a second.
const GAP: Duration = Duration::from_millis(2);

/// One keep-alive connection, with at most one request under way.
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: vec![0; 64 * 1024] })
    }

    /// The same for answers that are larger.
    pub(crate) async fn with_room(address: SocketAddr, room: usize) -> Outcome<Self> {
        Ok(Self { received: vec![0; room], ..Self::open(address).await? })
    }

    /// Sends a request and waits for the whole answer; any other than this status is a failure.
    pub(crate) async fn ask(&mut self, request: &[u8], status: &str) -> Outcome<&[u8]> {
        send(&self.stream, request).await?;
        let mut length = 0;
        loop {
            length += receive(&self.stream, &mut self.received[length..]).await?;
            if let Some(body) = body_length(&self.received[..length], status)? {
                return Ok(&self.received[length - body..length]);
            }
        }
    }
}

pub(crate) async fn send(stream: &TcpStream, mut request: &[u8]) -> Outcome<()> {
    while !request.is_empty() {
        match stream.try_write(request) {
            Ok(written) => request = &request[written..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => stream.writable().await?,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// What has come, at least one byte of it.
pub(crate) async fn receive(stream: &TcpStream, room: &mut [u8]) -> Outcome<usize> {
    loop {
        stream.readable().await?;
        match stream.try_read(room) {
            Ok(0) => return Err("the server closed the connection".into()),
            Ok(read) => return Ok(read),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// How long the body of an answer is, once all of it is there.
fn body_length(received: &[u8], status: &str) -> Outcome<Option<usize>> {
    let Some(end) = received.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&received[..end])?;
    if head.split(' ').nth(1) != Some(status) {
        return Err(format!("a request failed: {}", String::from_utf8_lossy(received)).into());
    }
    // Some servers begin names of headers with capitals.
    let mut headers = head.split("\r\n").filter_map(|line| line.split_once(": "));
    let length = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let (_, length) = length.ok_or("an answer without its length")?;
    let length: usize = length.parse()?;
    Ok((received.len() == end + 4 + length).then_some(length))
}

/// Every connection asks again as soon as it is answered. Answers how many answers there were, too,
/// the warm-up's among them.
pub(crate) async fn closed_loop(
    server: &Server,
    ask: &Ask,
    span: Duration,
) -> Outcome<(Figures, usize)> {
    let (_, before) = ask_for(server, ask, WARM_UP, 0).await?;
    let (figures, answers) = ask_for(server, ask, span, 1).await?;
    Ok((figures, before + answers))
}

/// So many requests on all connections together, as fast as they are answered.
pub(crate) async fn ask_often(server: &Server, ask: &Ask, count: usize) -> Outcome<()> {
    let each = count.div_ceil(CONNECTIONS);
    let asked = all_connections(server, ask, 0, move |mut connection, mut ask, place| async move {
        for _ in 0..each.min(count.saturating_sub(place * each)) {
            ask.write_next();
            connection.ask(ask.request(), ask.status()).await?;
        }
        Ok(Vec::new())
    });
    asked.await.map(drop)
}

async fn ask_for(
    server: &Server,
    ask: &Ask,
    span: Duration,
    part: usize,
) -> Outcome<(Figures, usize)> {
    let (began, before) = (Instant::now(), server.processor_time());
    let latencies =
        all_connections(server, ask, part, move |mut connection, mut ask, _| async move {
            let (began, mut latencies) = (Instant::now(), Vec::new());
            let mut asked = began;
            while asked.duration_since(began) < span && ask.write_next() {
                let answer = connection.ask(ask.request(), ask.status()).await?;
                ask.check(answer)?;
                let answered = Instant::now();
                latencies.push(answered - asked);
                asked = answered;
            }
            Ok(latencies)
        });
    let latencies = latencies.await?;
    let (answers, elapsed) = (latencies.len(), began.elapsed());
    Ok((
        Figures::of(latencies, elapsed).with_processor(server.spent_since(before), answers),
        answers,
    ))
}

/// Requests are due at fixed moments, whether or not earlier ones are answered; the connections
/// take turns.
pub(crate) async fn open_loop(
    server: &Server,
    ask: &Ask,
    span: Duration,
) -> Outcome<(Figures, usize)> {
    let began = Instant::now() + WARM_UP;
    let total = (span.as_nanos() / GAP.as_nanos()) as usize;
    let latencies =
        all_connections(server, ask, 0, move |mut connection, mut ask, place| async move {
            let mut latencies = Vec::new();
            for number in (place..total).step_by(CONNECTIONS) {
                let due = began + GAP * number as u32;
                wait_until(due).await;
                ask.write_next();
                ask.check(connection.ask(ask.request(), ask.status()).await?)?;
                latencies.push(due.elapsed());
            }
            Ok(latencies)
        });
    let before = server.processor_time();
    let figures = Figures::of(latencies.await?, span);
    Ok((figures.with_processor(server.spent_since(before), total), total))
}

/// The timer alone would wake up to a millisecond late, which is longer than what is measured.
pub(crate) async fn wait_until(due: Instant) {
    let ahead = due.saturating_duration_since(Instant::now()).saturating_sub(GAP);
    tokio::time::sleep(ahead).await;
    while Instant::now() < due {
        tokio::task::yield_now().await;
    }
}

/// Does the same on all connections at once; answers all latencies.
async fn all_connections<F>(
    server: &Server,
    ask: &Ask,
    part: usize,
    work: impl Fn(Connection, Ask, usize) -> F,
) -> Outcome<Vec<Duration>>
where
    F: Future<Output = Outcome<Vec<Duration>>> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    for place in 0..CONNECTIONS {
        let connection = Connection::open(server.address).await?;
        tasks.spawn(work(connection, ask.of_connection(place, part), place));
    }
    let mut latencies = Vec::new();
    while let Some(done) = tasks.join_next().await {
        latencies.append(&mut done??);
    }
    Ok(latencies)
}
