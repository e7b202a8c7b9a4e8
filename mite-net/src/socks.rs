//! Connections through SOCKS 5 proxies (RFC 1928, RFC 1929).

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::credentials::Credentials;
use crate::error::{Error, Kind};

const VERSION: u8 = 5;
const NO_AUTHENTICATION: u8 = 0;
const PASSWORD: u8 = 2;
const NOTHING_ACCEPTABLE: u8 = 0xff;

/// Where the proxy is to connect to.
pub(crate) enum To<'a> {
    Address(SocketAddr),
    Name(&'a str, u16),
}

/// Asks the proxy at the other end for a connection.
pub(crate) async fn open(
    tcp: &mut TcpStream,
    to: To<'_>,
    credentials: Option<&Credentials>,
) -> Result<(), Error> {
    match talk(tcp, to, credentials).await {
        Ok(None) => Ok(()),
        Ok(Some(refused)) => Err(Error::new(Kind::Connect, refused)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Err(Error::new(Kind::Connect, "the SOCKS proxy closed the connection"))
        }
        Err(error) => Err(Error::of(Kind::Connect, error)),
    }
}

/// The whole conversation; the text is why the proxy refuses.
async fn talk(
    tcp: &mut TcpStream,
    to: To<'_>,
    credentials: Option<&Credentials>,
) -> io::Result<Option<String>> {
    let greeting: &[u8] = match credentials {
        Some(_) => &[VERSION, 2, NO_AUTHENTICATION, PASSWORD],
        None => &[VERSION, 1, NO_AUTHENTICATION],
    };
    tcp.write_all(greeting).await?;
    let mut choice = [0; 2];
    tcp.read_exact(&mut choice).await?;
    match (choice, credentials) {
        ([VERSION, NO_AUTHENTICATION], _) => {}
        ([VERSION, PASSWORD], Some(credentials)) => {
            let (user, password) = (&*credentials.user, &*credentials.password);
            let (Ok(user_length), Ok(password_length)) =
                (u8::try_from(user.len()), u8::try_from(password.len()))
            else {
                return Ok(Some("SOCKS takes names and passwords of up to 255 bytes".to_owned()));
            };
            let login = [&[1, user_length], user, &[password_length], password].concat();
            tcp.write_all(&login).await?;
            let mut verdict = [0; 2];
            tcp.read_exact(&mut verdict).await?;
            if verdict[1] != 0 {
                return Ok(Some("the SOCKS proxy does not accept name and password".to_owned()));
            }
        }
        ([VERSION, NOTHING_ACCEPTABLE], None) => {
            return Ok(Some("the SOCKS proxy wants a name and a password".to_owned()));
        }
        ([VERSION, _], _) => {
            return Ok(Some("the SOCKS proxy accepts no authentication that is known".to_owned()));
        }
        _ => return Ok(Some("the proxy does not speak SOCKS 5".to_owned())),
    }

    let mut request = vec![VERSION, 1, 0];
    let port = match to {
        To::Address(address) => {
            match address.ip() {
                IpAddr::V4(ip) => {
                    request.push(1);
                    request.extend(ip.octets());
                }
                IpAddr::V6(ip) => {
                    request.push(4);
                    request.extend(ip.octets());
                }
            }
            address.port()
        }
        To::Name(name, port) => {
            let Ok(length) = u8::try_from(name.len()) else {
                return Ok(Some("SOCKS takes host names of up to 255 bytes".to_owned()));
            };
            request.extend([3, length]);
            request.extend(name.as_bytes());
            port
        }
    };
    request.extend(port.to_be_bytes());
    tcp.write_all(&request).await?;
    let mut answer = [0; 4];
    tcp.read_exact(&mut answer).await?;
    if answer[1] != 0 {
        return Ok(Some(format!("the SOCKS proxy cannot connect: {}", reason(answer[1]))));
    }
    // The address that the proxy connects from, of no use here.
    let length = match answer[3] {
        1 => 4,
        4 => 16,
        _ => usize::from(tcp.read_u8().await?),
    };
    tcp.read_exact(&mut vec![0; length + 2]).await?;
    Ok(None)
}

fn reason(code: u8) -> &'static str {
    match code {
        2 => "its rules do not allow it",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "no answer in time",
        7 => "it does not know the command",
        8 => "it does not know the kind of address",
        _ => "a failure of its own",
    }
}
