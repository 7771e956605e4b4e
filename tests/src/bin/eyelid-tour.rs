//! The guided tour: the real app on a virtual desktop, for a computer without a display.

fn main() {
    eprintln!("There is no display here, and the guided tour does not exist yet.");
    eprintln!("Start a graphical X11 session and run `npm start` there.");
    std::process::exit(1);
}
