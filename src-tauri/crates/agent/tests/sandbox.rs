//! The recorder's closed door, tried from inside. A door that was closed stays closed for good, so that a process of
//! its own closes it and reports.

#[path = "../src/sandbox.rs"]
mod sandbox;

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketType};
use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::mpsc::channel;

/// Names the folders to the process inside.
const INSIDE: &str = "EYELID_TEST_INSIDE";
const NAME: &str = "behind_the_closed_door_nothing_new_is_reached_from_any_thread";
const LAST_WORD: &str = "everything was refused";

#[test]
fn behind_the_closed_door_nothing_new_is_reached_from_any_thread() {
    if let Some(root) = std::env::var_os(INSIDE) {
        return inside(Path::new(&root));
    }
    let root = tempfile::tempdir().expect("a folder");
    for folder in ["own", "other"] {
        fs::create_dir(root.path().join(folder)).expect("a folder");
    }
    fs::write(root.path().join("other/kept"), "as it was").expect("a file");
    let output = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", NAME, "--nocapture", "--test-threads=1"])
        .env(INSIDE, root.path())
        .output()
        .expect("this program again");
    let said = String::from_utf8_lossy(&output.stdout);
    // A process that was replaced by another program, or killed, did not come to its last word.
    assert!(output.status.success() && said.contains(LAST_WORD), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let left: Vec<PathBuf> =
        fs::read_dir(root.path().join("other")).expect("a folder").flatten().map(|entry| entry.path()).collect();
    assert_eq!(left, [root.path().join("other/kept")]);
    assert_eq!(fs::read(&left[0]).expect("a file"), b"as it was");
}

const LOCKING: &str = "memory_is_locked_where_that_is_allowed_and_else_it_goes_on_without";
/// Tells the process inside to lock, and not to close.
const LOCKS: &str = "EYELID_TEST_LOCKS";

#[test]
fn memory_is_locked_where_that_is_allowed_and_else_it_goes_on_without() {
    if std::env::var_os(LOCKS).is_some() {
        sandbox::lock_memory();
        // As much as a picture, many times.
        let much: Vec<Vec<u8>> = (1..=16).map(|n| vec![n; 4 << 20]).collect();
        println!("{much} MiB, locked: {}", sandbox::in_force().locked, much = much.len() * 4);
        return;
    }
    let said = |before: &[&str]| {
        let this = std::env::current_exe().expect("this program");
        let mut words = before.iter().map(std::ffi::OsStr::new).chain([this.as_os_str()]);
        let mut command = Command::new(words.next().expect("a program"));
        let command = command.args(words).args(["--exact", LOCKING, "--nocapture", "--test-threads=1"]);
        let output = command.env(LOCKS, "").output().expect("this program again");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let most = rustix::process::getrlimit(rustix::process::Resource::Memlock).maximum;
    let capable = capable();
    if capable || most.is_none() {
        let said = said(&[]);
        assert!(said.contains("64 MiB, locked: true"), "{said}");
    }
    // Less than it takes to begin, and less than it may come to.
    for limit in [8 << 20, 1 << 30] {
        let few = format!("--memlock={limit}:{limit}");
        let few = ["prlimit", &few];
        // Not everybody may have more than there is.
        if !Command::new(few[0]).args([few[1], "true"]).output().expect("prlimit").status.success() {
            continue;
        }
        if capable {
            let said = said(&few);
            assert!(said.contains("64 MiB, locked: true"), "{limit}: {said}");
        }
        let without = ["setpriv", "--bounding-set=-ipc_lock"];
        let said = said(&if rustix::process::geteuid().is_root() { [few, without].concat() } else { few.to_vec() });
        assert!(said.contains("64 MiB, locked: false"), "{limit}: {said}");
    }
}

/// Whether `CAP_IPC_LOCK` is there and counts: it does not in a user namespace of its own.
fn capable() -> bool {
    const CAP_IPC_LOCK: u32 = 14;
    let status = fs::read_to_string("/proc/self/status").expect("its status");
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:")).expect("capabilities");
    let effective = u64::from_str_radix(effective.trim(), 16).expect("a number");
    let users = fs::read_to_string("/proc/self/uid_map").expect("the users");
    effective >> CAP_IPC_LOCK & 1 == 1 && users.split_whitespace().eq(["0", "0", "4294967295"])
}

fn inside(root: &Path) {
    sandbox::no_inet_socket().expect("no socket to a network is open yet");
    for family in [AddressFamily::INET, AddressFamily::NETLINK] {
        // Nobody has bound it.
        let _made = rustix::net::socket(family, SocketType::DGRAM, None).expect("a socket");
        sandbox::no_inet_socket().expect_err("a socket is open that is not local");
    }
    sandbox::no_inet_socket().expect("no socket to a network is open any more");
    let opened = Arc::new(Opened {
        udp: UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket"),
        unix: UnixDatagram::unbound().expect("a socket"),
        listening: root.join("listening"),
    });
    let _listener = UnixDatagram::bind(&opened.listening).expect("a socket");
    sandbox::no_inet_socket().expect_err("a socket to a network is open");
    // What is refused by this machine anyway proves nothing here.
    for (what, refused) in calls(&opened) {
        assert!(!matches!(refused, Err(Errno::PERM)), "{what} is refused before the door is closed");
    }
    // The recorder's database and channel threads start later, but a thread of a library may be there already.
    let (go, gone) = channel::<()>();
    let early = std::thread::spawn({
        let opened = Arc::clone(&opened);
        move || {
            gone.recv().expect("the word");
            calls(&opened)
        }
    });

    sandbox::close_memory().expect("closed memory");
    let faults = sandbox::close_door(&[&root.join("own")]);
    assert!(faults.is_empty(), "{faults:?}");
    let in_force = sandbox::in_force();
    assert!(in_force.landlock && in_force.seccomp && in_force.undumpable, "{in_force:?}");

    go.send(()).expect("the word");
    let late = std::thread::spawn({
        let (opened, root) = (Arc::clone(&opened), root.to_owned());
        move || (calls(&opened), writes(&root))
    });
    let (late_calls, late_writes) = late.join().expect("a thread");
    let all = [("this thread", calls(&opened)), ("a later thread", late_calls)];
    let early = ("an earlier thread", early.join().expect("a thread"));
    let mut allowed = Vec::new();
    for (thread, calls) in all.into_iter().chain([early]) {
        let open = calls.into_iter().filter(|(_, refused)| !matches!(refused, Err(Errno::PERM)));
        allowed.extend(open.map(|(what, answer)| format!("{thread}, {what}: {answer:?}")));
    }
    for (thread, writes) in [("this thread", writes(root)), ("a later thread", late_writes)] {
        // A move between folders under different rules is refused as one between file systems is.
        let refused = |e: &std::io::Error| {
            [Errno::ACCESS, Errno::XDEV].map(|n| Some(n.raw_os_error())).contains(&e.raw_os_error())
        };
        let open = writes.into_iter().filter(|(_, answer)| !answer.as_ref().is_err_and(refused));
        allowed.extend(open.map(|(what, answer)| format!("{thread}, {what}: {answer:?}")));
    }
    assert!(allowed.is_empty(), "{}", allowed.join("\n"));

    // And what the recorder lives on still works.
    let (own, moved) = (root.join("own/new"), root.join("own/moved"));
    fs::write(&own, "x")
        .and_then(|()| fs::rename(&own, &moved))
        .and_then(|()| fs::remove_file(&moved))
        .expect("its own");
    println!("{LAST_WORD}");
}

/// What was there before the door was closed.
struct Opened {
    udp: UdpSocket,
    unix: UnixDatagram,
    listening: PathBuf,
}

type Answer = Result<(), Errno>;

/// Each way out by a system call, and what became of it. With the door open none of them does any harm.
fn calls(opened: &Opened) -> Vec<(&'static str, Answer)> {
    let socket = |family| rustix::net::socket(family, SocketType::STREAM, None).map(drop);
    let nobody = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 9);
    let beside = rustix::net::SocketAddrUnix::new(&opened.listening).expect("an address");
    let run = || match Command::new("/bin/true").status() {
        Ok(_) => Ok(()),
        Err(e) => Err(Errno::from_io_error(&e).unwrap_or(Errno::IO)),
    };
    vec![
        ("socket, IPv4", socket(AddressFamily::INET)),
        ("socket, IPv6", socket(AddressFamily::INET6)),
        ("socket, local", socket(AddressFamily::UNIX)),
        ("socket, netlink", socket(AddressFamily::NETLINK)),
        ("connect, IPv4", rustix::net::connect(&opened.udp, &nobody)),
        ("connect, local", rustix::net::connect(&opened.unix, &beside)),
        ("execve", run()),
        // No such folder, were it allowed.
        ("execveat", call(libc::SYS_execveat, [-1, c"".as_ptr() as libc::c_long, 0, 0, 0x1000])),
        // No such process, were it allowed.
        ("ptrace", call(libc::SYS_ptrace, [i64::from(libc::PTRACE_PEEKDATA), 0, 0, 0, 0])),
        // A bad address, were it allowed.
        ("io_uring_setup", call(libc::SYS_io_uring_setup, [1, 0, 0, 0, 0])),
        // Too large, were it allowed.
        ("bpf", call(libc::SYS_bpf, [0, 0, 1 << 20, 0, 0])),
        // Nothing from itself, were it allowed.
        ("process_vm_readv", call(libc::SYS_process_vm_readv, [i64::from(std::process::id()), 0, 0, 0, 0])),
        ("process_vm_writev", call(libc::SYS_process_vm_writev, [i64::from(std::process::id()), 0, 0, 0, 0])),
    ]
}

#[allow(unsafe_code)]
fn call(number: libc::c_long, [a, b, c, d, e]: [libc::c_long; 5]) -> Answer {
    // SAFETY: the calls above are given no memory to write to, nor any to read but one empty string; each ends at its
    // first check, or does nothing.
    let answer = unsafe { libc::syscall(number, a, b, c, d, e, 0) };
    if answer >= 0 { Ok(()) } else { Err(Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO)) }
}

/// Each way to leave something elsewhere in the file system.
fn writes(root: &Path) -> Vec<(String, std::io::Result<()>)> {
    let (own, other) = (root.join("own"), root.join("other"));
    let kept = other.join("kept");
    let inside = own.join("inside");
    fs::write(&inside, "x").expect("a file of its own");
    let link = own.join("link");
    let _ = fs::remove_file(&link);
    std::os::unix::fs::symlink(&other, &link).expect("a link of its own");
    let append = |path: &Path| fs::OpenOptions::new().append(true).open(path).and_then(|mut f| f.write_all(b"y"));
    let mut all = vec![
        ("a new file".to_owned(), fs::write(other.join("new"), "x")),
        ("more in a file".to_owned(), append(&kept)),
        ("emptying a file".to_owned(), fs::File::create(&kept).map(drop)),
        ("removing a file".to_owned(), fs::remove_file(&kept)),
        ("a new folder".to_owned(), fs::create_dir(other.join("folder"))),
        ("a file through a link".to_owned(), fs::write(link.join("new"), "x")),
        ("moving a file out".to_owned(), fs::rename(&inside, other.join("moved"))),
        ("a second name outside".to_owned(), fs::hard_link(&inside, other.join("again"))),
        ("a link outside".to_owned(), std::os::unix::fs::symlink(&inside, other.join("link"))),
    ];
    let name = format!(".eyelid-test-{}", std::process::id());
    for folder in ["/tmp", "/var/tmp", "/dev/shm"].map(PathBuf::from).into_iter().chain(std::env::home_dir()) {
        let path = folder.join(&name);
        let answer = fs::write(&path, "x");
        if answer.is_ok() {
            let _ = fs::remove_file(&path);
        }
        all.push((format!("a file in {}", folder.display()), answer));
    }
    all
}
