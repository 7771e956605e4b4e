//! The Debian package: what is in it, that it runs once installed, and that it leaves nothing behind but the person's data.

use anyhow::{Context, ensure};
use eyelid_tests::scene::{ALL, bring, recording};
use eyelid_tests::{Binaries, Desktop, Eyelid, EyelidOptions, Mount, Result, alone};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Folders that installing writes to.
const WRITTEN: [&str; 4] = ["/usr", "/etc", "/var/lib", "/var/cache"];

/// What other packages make anew whenever one comes or goes, by the end of its name.
const KEPT_BY_OTHERS: [&str; 7] =
    ["mimeinfo.cache", "icon-theme.cache", "/dpkg", "/apt", "/man", "ldconfig/aux-cache", "ld.so.cache"];

fn package() -> Result<PathBuf> {
    let folder = Binaries::find()?.folder().join("bundle/deb");
    let entries = std::fs::read_dir(&folder).with_context(|| format!("{}: `npm run package`", folder.display()))?;
    let mut packages = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>>>()?;
    packages.retain(|path| path.extension().is_some_and(|ending| ending == "deb"));
    ensure!(packages.len() == 1, "one package, not {packages:?}");
    packages.pop().context("a package")
}

fn said(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program).args(arguments).env("LC_ALL", "C.UTF-8").output().context(program.to_owned())?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    ensure!(output.status.success(), "{program} {arguments:?}: {said}");
    Ok(said)
}

/// All files below a folder, as paths within it.
fn files_below(folder: &Path) -> Result<Vec<String>> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                files.push(entry.path().strip_prefix(folder)?.display().to_string());
            }
        }
    }
    files.sort();
    Ok(files)
}

#[test]
fn the_package_is_installed_started_and_removed_and_only_the_persons_data_stay() -> Result<()> {
    alone("packages::the_package_is_installed_started_and_removed_and_only_the_persons_data_stay", || {
        let package = package()?.display().to_string();
        let desktop = Desktop::builder().full().start()?;
        let diary = desktop.gtk_entry("Diary", "Notes")?;
        // Nobody else sees what is installed here.
        let space = desktop.path("tmp/installed");
        let _space = Mount::memory(&space, "400m")?;
        let mounts = WRITTEN
            .iter()
            .map(|folder| Mount::over(Path::new(folder), &space.join(folder.replace('/', "-"))))
            .collect::<Result<Vec<Mount>>>()?;

        // Some systems leave pages and papers out unless told.
        let include = ["--path-include=/usr/share/man/*", "--path-include=/usr/share/doc/*"];
        said("dpkg", &[&include[..], &["--install", &package]].concat())?;
        looks_right(&package)?;

        let binaries = Some(Binaries::installed());
        let eyelid = Eyelid::start_with(&desktop, &EyelidOptions { binaries, ..EyelidOptions::default() })?;
        let agent = eyelid.pid_of("eyelid-agent").context("a running agent")?;
        assert_eq!(std::fs::read_link(format!("/proc/{agent}/exe"))?, Path::new("/usr/libexec/eyelid/eyelid-agent"));
        eyelid.consent(ALL)?;
        eyelid.wait_status("recording", recording)?;
        bring(&desktop, &eyelid, "Diary")?;
        let verified: serde_json::Value = serde_json::from_str(&eyelid.ctl_ok(&["verify", "--json"])?)?;
        assert_eq!(verified["clean"], true, "{verified}");
        eyelid.quit()?;
        drop(diary);

        let data = files_below(&desktop.path("data"))?;
        assert!(data.iter().any(|file| file.ends_with("vault.db")), "{data:?}");
        said("dpkg", &["--purge", "eyelid"])?;
        assert_eq!(files_below(&desktop.path("data"))?, data);
        for folder in WRITTEN {
            let left = files_below(&space.join(folder.replace('/', "-")))?;
            let left: Vec<&String> = left
                .iter()
                .filter(|file| !KEPT_BY_OTHERS.iter().any(|kept| format!("/{file}").contains(kept)))
                .collect();
            assert!(left.is_empty(), "left in {folder}: {left:?}");
            let all = said("find", &[folder, "-xdev", "-iname", "*eyelid*"])?;
            assert_eq!(all, "", "left in {folder}");
        }
        drop(mounts);
        Ok(())
    })
}

/// What the package brought is what other programs expect of it.
fn looks_right(package: &str) -> Result<()> {
    let files = said("dpkg", &["--listfiles", "eyelid"])?;
    let hidden = ["libexec/eyelid/eyelid-agent", "libexec/eyelid/eyelid-reader"];
    for program in ["bin/eyelid", "bin/eyelidctl", "bin/eyelid-window"].into_iter().chain(hidden) {
        assert!(files.lines().any(|file| file == format!("/usr/{program}")), "{program} is missing in\n{files}");
    }
    // Nobody but root may write any of it, and none of it runs with more rights than who starts it.
    for line in said("dpkg-deb", &["--contents", package])?.lines() {
        let mode = line.get(1..10).context("a mode")?;
        assert!(line.contains(" 0/0 ") && mode.chars().nth(7) != Some('w'), "{line}");
        assert!(mode.chars().nth(4) != Some('w') && !mode.contains(['s', 'S', 't', 'T']), "{line}");
    }
    said("desktop-file-validate", &["/usr/share/applications/eyelid.desktop"])?;
    said("appstreamcli", &["validate", "--no-net", "/usr/share/metainfo/org.eyelid.Eyelid.metainfo.xml"])?;
    for (page, words) in [("eyelid", "--background"), ("eyelidctl", "confirm-clock")] {
        let path = format!("/usr/share/man/man1/{page}.1");
        let shown = said("man", &["--warnings", "--local-file", "--pager=cat", &path])?;
        assert!(shown.contains("SYNOPSIS") && shown.contains(words), "{shown}");
        assert!(!shown.contains("warning"), "{shown}");
    }
    let completions = "/usr/share/bash-completion/completions/eyelidctl";
    assert!(said("bash", &["-c", &format!("source {completions}; complete -p eyelidctl")])?.contains("eyelidctl"));
    for size in [16, 22, 24, 32, 48, 64, 128, 256, 512] {
        let icon = format!("/usr/share/icons/hicolor/{size}x{size}/apps/eyelid.png");
        assert!(Path::new(&icon).exists(), "{icon}");
    }
    Ok(())
}
