//! What can go wrong.

/// The display cannot be used. Each says what is wrong and what cures it.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
pub enum OpenError {
    /// No display server answers.
    #[error("no X server answers ({message}). Start Eyelid inside an X11 session, or set DISPLAY to one.")]
    NoServer {
        /// What the connection said.
        message: String,
    },
    /// The display server lacks something.
    #[error("the X server has no {name} extension. Enable it in the server's configuration, or use another X server.")]
    MissingExtension {
        /// Its name.
        name: &'static str,
    },
    /// X11 inside a Wayland session shows only half of what happens.
    #[error(
        "this is a Wayland session, in which X11 shows only part of the screen. Log in with an X11 (Xorg) session."
    )]
    XwaylandUnsupported,
    /// No sensors for this system.
    #[error("Eyelid cannot record on {system} yet. Use an X11 session on Linux.")]
    Unsupported {
        /// The system.
        system: &'static str,
    },
}

/// The display server is gone, or no longer understood. Open anew.
#[derive(Debug, thiserror::Error, Clone, Copy, PartialEq, Eq)]
#[error("the connection to the display server is lost")]
pub struct Lost;
