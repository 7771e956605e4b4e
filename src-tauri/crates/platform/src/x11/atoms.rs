//! Names that the X server numbers.

#![allow(missing_docs)]

x11rb::atom_manager! {
    /// Names that the X server numbers.
    pub(super) Atoms: AtomsCookie {
        STRING,
        UTF8_STRING,
        EYELID_MARK,
        WM_STATE,
        WM_CLASS,
        WM_NAME,
        WM_TRANSIENT_FOR,
        _NET_WM_NAME,
        _NET_WM_STATE,
        _NET_WM_STATE_FULLSCREEN,
        _NET_WM_WINDOW_OPACITY,
        _NET_WM_WINDOW_TYPE,
        _NET_WM_WINDOW_TYPE_DESKTOP,
        _NET_WM_WINDOW_TYPE_DOCK,
        _NET_WM_WINDOW_TYPE_NOTIFICATION,
        _NET_WM_WINDOW_TYPE_SPLASH,
        _NET_SUPPORTING_WM_CHECK,
        _NET_CLIENT_LIST,
        _NET_WORKAREA,
        _GTK_APPLICATION_ID,
        _KDE_NET_WM_DESKTOP_FILE,
        _BAMF_DESKTOP_FILE,
    }
}
