//! Length-delimited JSON: four bytes of length, little endian, then so many bytes of JSON.

use crate::review::encoded_len;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use zeroize::Zeroizing;

/// The longest message, bytes.
pub const MAX_MESSAGE: usize = 1 << 20;

/// Why no message could be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The other side has closed.
    #[error("the connection was closed")]
    Closed,
    /// Longer than the limit, such as [`MAX_MESSAGE`]; nothing of it was read.
    #[error("a message of {0} bytes is over the limit")]
    TooLarge(usize),
    /// Not a message of the protocol.
    #[error("not a message of this protocol: {0}")]
    Malformed(#[from] serde_json::Error),
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Io(#[from] std::io::Error),
}

/// Reads one message. Not to be cancelled in the middle: give it a task of its own.
///
/// # Errors
/// See [`ReadError`]; after one the connection is of no use.
pub async fn read<T: DeserializeOwned>(from: &mut (impl AsyncRead + Unpin)) -> Result<T, ReadError> {
    read_within(from, MAX_MESSAGE).await
}

/// The same with another limit, bytes.
pub(crate) async fn read_within<T: DeserializeOwned>(
    from: &mut (impl AsyncRead + Unpin),
    most: usize,
) -> Result<T, ReadError> {
    let mut length = [0; 4];
    match from.read_exact(&mut length).await {
        Ok(_) => {}
        Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => return Err(ReadError::Closed),
        Err(e) => return Err(e.into()),
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > most {
        return Err(ReadError::TooLarge(length));
    }
    // What a person typed or what was recorded may be in it.
    let mut body = Zeroizing::new(vec![0; length]);
    from.read_exact(&mut body).await?;
    Ok(serde_json::from_slice(&body)?)
}

/// One message as bytes, length included.
///
/// # Panics
/// Never for the messages of this crate: they are all plain data.
#[must_use]
pub fn encode(message: &impl Serialize) -> Vec<u8> {
    let length = encoded_len(message);
    // All at once: growing would leave copies behind that nobody can wipe.
    let mut bytes = Vec::with_capacity(length + 4);
    bytes.extend_from_slice(&u32::try_from(length).expect("protocol messages are short").to_le_bytes());
    serde_json::to_writer(&mut bytes, message).expect("protocol messages are plain data");
    bytes
}

/// Writes one message.
///
/// # Errors
/// When the connection broke.
pub async fn write(to: &mut (impl AsyncWrite + Unpin), message: &impl Serialize) -> std::io::Result<()> {
    to.write_all(&encode(message)).await?;
    to.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_as_long_as_the_room_made_for_it() {
        let message = "\u{1}\"ü".repeat(1000);
        let bytes = encode(&message);
        assert_eq!(bytes.capacity(), bytes.len());
        assert_eq!(bytes[..4], u32::to_le_bytes((bytes.len() - 4).try_into().unwrap()));
        assert_eq!(serde_json::from_slice::<String>(&bytes[4..]).unwrap(), message);
    }
}
