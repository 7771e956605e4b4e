//! Checks that the window's pages were built, then lets Tauri embed them.

fn main() {
    let built_elsewhere = std::env::var("TAURI_CONFIG").is_ok_and(|config| config.contains("frontendDist"));
    println!("cargo:rerun-if-changed=../ui/dist/index.html");
    println!("cargo:rerun-if-env-changed=TAURI_CONFIG");
    if !built_elsewhere && !std::path::Path::new("../ui/dist/index.html").is_file() {
        eprintln!("ui/dist/index.html is missing: the window's pages are not built. Run: npm run build");
        std::process::exit(1);
    }
    let commands = tauri_build::AppManifest::new().commands(&["request", "mirror", "review"]);
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands)) {
        eprintln!("{error:#}");
        std::process::exit(1);
    }
}
