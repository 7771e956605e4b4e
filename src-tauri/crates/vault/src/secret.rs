//! A byte buffer that leaves no copy behind when it grows.

use std::io;
use zeroize::Zeroizing;

/// A growing buffer of secret bytes. An ordinary `Vec` frees its old block unwiped when it grows; this wipes it.
pub(crate) struct SecretBuf(Zeroizing<Vec<u8>>);

impl SecretBuf {
    pub(crate) fn with_capacity(capacity: usize) -> SecretBuf {
        SecretBuf(Zeroizing::new(Vec::with_capacity(capacity)))
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        let needed = self.0.len() + bytes.len();
        if needed > self.0.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity(needed.max(self.0.capacity() * 2)));
            larger.extend_from_slice(&self.0);
            self.0 = larger;
        }
        self.0.extend_from_slice(bytes);
    }
}

impl io::Write for SecretBuf {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_what_was_written_across_growth() {
        let mut buffer = SecretBuf::with_capacity(2);
        for _ in 0..100 {
            buffer.extend(b"abc");
        }
        assert_eq!(buffer.as_slice().len(), 300);
        assert!(buffer.as_slice().chunks(3).all(|c| c == b"abc"));
    }
}
