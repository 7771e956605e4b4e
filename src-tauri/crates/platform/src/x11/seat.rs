//! Whose keys and pointer are heard: the server's first keyboard and pointer.
//!
//! Others may be made beside them (`xinput create-master`), each with a focus and a place of its own. Those are not
//! listened to at all: what windows and the server say of "the" focus then holds for the keys that are heard.

use x11rb::errors::ReplyError;
use x11rb::protocol::xinput::{ConnectionExt as _, Device, DeviceId, DeviceType};
use x11rb::xcb_ffi::XCBConnection;

/// Master devices that belong together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seat {
    pub(super) keyboard: DeviceId,
    pub(super) pointer: DeviceId,
}

impl Seat {
    /// The server's own pair, which cannot be removed; `None` if it has none.
    pub(super) fn first(conn: &XCBConnection) -> Result<Option<Seat>, ReplyError> {
        let devices = conn.xinput_xi_query_device(u16::from(Device::ALL_MASTER))?.reply()?;
        let pointers = devices.infos.iter().filter(|d| d.type_ == DeviceType::MASTER_POINTER);
        Ok(pointers.min_by_key(|d| d.deviceid).map(|d| Seat { keyboard: d.attachment, pointer: d.deviceid }))
    }
}
