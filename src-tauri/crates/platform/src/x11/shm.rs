//! Memory shared with the server, into which it writes pictures.

use memmap2::MmapMut;
use rustix::fs::{MemfdFlags, ftruncate, memfd_create};
use x11rb::connection::Connection;
use x11rb::protocol::shm::ConnectionExt as _;
use x11rb::xcb_ffi::XCBConnection;
use zeroize::Zeroize;

/// One segment. It has no name anywhere and goes when both sides let go of it.
pub(super) struct Shm {
    pub(super) segment: u32,
    map: MmapMut,
}

impl Shm {
    pub(super) fn new(conn: &XCBConnection, size: usize) -> Option<Shm> {
        let fd = memfd_create("eyelid-frame", MemfdFlags::CLOEXEC).ok()?;
        ftruncate(&fd, u64::try_from(size).ok()?).ok()?;
        // SAFETY: the file is ours and has no name; only the X server has it too, which writes to it
        // while it answers a request for a picture. We read it after that answer and before the next request.
        #[allow(unsafe_code)]
        let map = unsafe { MmapMut::map_mut(&fd) }.ok()?;
        let segment = conn.generate_id().ok()?;
        conn.shm_attach_fd(segment, fd, false).ok()?;
        Some(Shm { segment, map })
    }

    pub(super) fn len(&self) -> usize {
        self.map.len()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.map
    }

    pub(super) fn clear(&mut self, used: usize) {
        if let Some(part) = self.map.get_mut(..used) {
            // The server has it too, so these writes cannot be left out; and they are many times as fast as volatile ones.
            part.fill(0);
        }
    }

    pub(super) fn detach(mut self, conn: &XCBConnection) {
        self.map.zeroize();
        let _ = conn.shm_detach(self.segment);
    }
}
