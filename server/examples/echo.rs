//! A WebSocket echo over the server's own door and sockets, for `server/autobahn.sh`.

use std::net::SocketAddr;

fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:7790".into());
    let address: SocketAddr =
        address.parse().map_err(|_| std::io::Error::other(format!("{address} is no address to listen on")))?;
    auspice_server::conformance::echo(address)
}
