//! `FIRST_HOUR.md`, done as it says: a new game, and each change of it, which builds, and whose tests pass.
//!
//! With `AUSPICE_FIRST_HOUR=1` everything is built and tested after each change, and the page's script is checked, and
//! so is the window of a game that has one; without, after each change the rules, and everything before the first and
//! after the last. Each stage says how long it took.

mod patches;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use patches::{apply, steps};

/// Whether everything is asked for, which takes long.
fn is_whole() -> bool {
    std::env::var_os("AUSPICE_FIRST_HOUR").is_some()
}

/// Does a stage, and says how long it took.
fn stage<T>(title: &str, does: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let done = does();
    println!("{title}: {:.1} s", begun.elapsed().as_secs_f64());
    done
}

/// The workspace that everything here is done in.
struct Workspace(PathBuf);

fn target() -> &'static Path {
    let program = Path::new(env!("CARGO_BIN_EXE_auspice-server"));
    program.parent().and_then(Path::parent).expect("programs lie in a folder of the target folder")
}

impl Workspace {
    /// A new game, made by the program.
    fn of(name: &str, flags: &[&str]) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("first-hour").join(name);
        fs::create_dir_all(folder.parent().expect("it has a parent")).expect("the folder should be made");
        let _ = fs::remove_dir_all(&folder);
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut new = Command::new(env!("CARGO_BIN_EXE_auspice-server"));
        new.arg("new").arg(&folder).arg("--path").arg(checkout).args(flags);
        let made = new.output().expect("the program should start");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Self(folder)
    }

    fn cargo(&self, arguments: &[&str]) {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        // Into the folder that has the same crates already; a linter in the compiler's place is for our own.
        cargo.env("CARGO_TARGET_DIR", target()).env_remove("RUSTC_WORKSPACE_WRAPPER");
        cargo.args(arguments).args(["--offline", "--quiet"]).current_dir(&self.0);
        let output = cargo.output().expect("cargo should run");
        let [said, told] = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        assert!(output.status.success(), "cargo {arguments:?}:\n{said}\n{told}");
        assert!(!told.contains("warning:"), "a newcomer sees no warnings:\n{told}");
    }

    /// Tests a change: all of the game, with the page's script, or only the rules.
    fn check_change(&self, is_whole: bool) {
        if !is_whole {
            return self.cargo(&["test", "-p", "pond-rules"]);
        }
        self.cargo(&["test"]);
        #[cfg(unix)]
        self.check_page();
    }

    /// Compares the sources with what the formatter would have.
    fn check_format(&self) {
        let output = Command::new("cargo").args(["fmt", "--check"]).current_dir(&self.0).output();
        // Where there is no formatter, nobody is told.
        let Ok(output) = output else { return };
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.is_empty(), "cargo fmt would change:\n{said}");
    }

    /// Plays the game: its server, bots that judge it, and the client for the terminal.
    fn play(&self, name: &str) {
        let program = |part: &str| {
            let mut program = Command::new(target().join("debug").join(format!("{name}-{part}")));
            // A server takes it for a setting.
            program.env_remove("AUSPICE_FIRST_HOUR");
            program
        };
        let mut server = program("server");
        server.args(["--listen", "127.0.0.1:0", "--admin-listen", "off", "--page", "page/site"]).current_dir(&self.0);
        let mut server = server.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the server should start");
        let mut line = String::new();
        let out = server.stdout.take().expect("it is piped");
        BufReader::new(out).read_line(&mut line).expect("the server should say where it listens");
        let url = line
            .split(' ')
            .find(|word| word.starts_with("ws://"))
            .expect("an address")
            .trim_end_matches(',')
            .to_owned();
        let bots =
            program("bots").args(["--url", &url, "--clients", "5", "--seconds", "2", "--verify-share", "1"]).output();
        let mut terminal = program("terminal");
        let terminal = terminal.args(["ann", &url]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut terminal = terminal.spawn().expect("the client should start");
        let said = BufReader::new(terminal.stdout.take().expect("it is piped")).lines().map_while(Result::ok);
        let plays = said.take(200).any(|line| line.starts_with("playing"));
        let _ = (terminal.kill(), terminal.wait(), server.kill(), server.wait());
        let bots = bots.expect("the bots should start");
        assert!(bots.status.success(), "{}", String::from_utf8_lossy(&bots.stdout));
        assert!(plays, "the client plays");
    }

    /// Checks the page's script with the game's types, where Node and the package's tools are at hand.
    #[cfg(unix)]
    fn check_page(&self) {
        let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../client-web/node_modules");
        if !tools.is_dir() {
            println!("the page's script is not checked: client-web/node_modules is not there");
            return;
        }
        let _ = std::os::unix::fs::symlink(tools, self.0.join("page/node_modules"));
        let mut build = Command::new("page/build.sh");
        build.arg("types").env("CARGO_TARGET_DIR", target()).env("CARGO_NET_OFFLINE", "true");
        build.env_remove("RUSTC_WORKSPACE_WRAPPER").current_dir(&self.0);
        let output = build.output().expect("the script should run");
        let [said, told] = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        assert!(output.status.success(), "page/build.sh types:\n{said}\n{told}");
    }
}

#[test]
fn each_step_of_the_first_hour_builds_and_its_tests_pass() {
    let document = include_str!("../../../FIRST_HOUR.md");
    let steps = steps(document);
    assert!(steps.len() >= 5, "{} steps", steps.len());
    let workspace = stage("a new game", || Workspace::of("pond", &[]));
    workspace.check_format();
    stage("its tests, with the engine", || workspace.cargo(&["test"]));
    for (index, (title, hunks)) in steps.iter().enumerate() {
        hunks.iter().for_each(|hunk| apply(&workspace.0, hunk));
        workspace.check_format();
        let title = format!("{title}, of {} changes", hunks.len());
        stage(&title, || workspace.check_change(is_whole() || index + 1 == steps.len()));
    }
    stage("its programs", || workspace.cargo(&["build"]));
    stage("a game of them", || workspace.play("pond"));
}

#[test]
fn a_game_with_a_window_has_one_in_place_of_the_page() {
    let workspace = Workspace::of("tide-pool-2", &["--window", "bevy"]);
    assert!(workspace.0.join("window/src/main.rs").is_file() && !workspace.0.join("page").exists());
    let manifest = fs::read_to_string(workspace.0.join("Cargo.toml")).expect("it should be there");
    assert!(manifest.contains("\"window\"]") && manifest.contains("auspice-bevy") && !manifest.contains("auspice-web"));
    let window = fs::read_to_string(workspace.0.join("window/src/main.rs")).expect("it should be there");
    assert!(window.contains("use tide_pool_2_rules::"), "{window}");
    let aliases = fs::read_to_string(workspace.0.join(".cargo/config.toml")).expect("it should be there");
    assert!(aliases.contains("window = \"run -p tide-pool-2-window --\"") && !aliases.contains("page"), "{aliases}");
    workspace.check_format();
    if is_whole() {
        stage("the window, checked", || workspace.cargo(&["check", "-p", "tide-pool-2-window"]));
    }
}

#[test]
fn nothing_is_written_over_and_what_is_wrong_is_said() {
    let there = Workspace::of("there", &[]);
    let told = |arguments: &[&str]| {
        let mut new = Command::new(env!("CARGO_BIN_EXE_auspice-server"));
        let made = new.arg("new").args(arguments).current_dir(&there.0).output().expect("the program should start");
        assert!(!made.status.success(), "{arguments:?}");
        String::from_utf8_lossy(&made.stderr).into_owned()
    };
    let before = fs::read_to_string(there.0.join("Cargo.toml")).expect("it should be there");
    assert!(told(&["../there"]).contains("is there already, and has something in it: nothing was written"));
    assert!(told(&["README.md/pond"]).contains("cannot be made"));
    assert!(told(&["Pond"]).contains("\"Pond\" is no name for a game: it must begin with a small letter"));
    assert!(told(&["pond", "--path", "rules"]).contains("rules is no checkout of Auspice"));
    assert!(told(&["pond", "--window", "gtk"]).contains("possible values: page, bevy"));
    assert!(!there.0.join("pond").exists(), "what is wrong leaves nothing behind");
    assert_eq!(fs::read_to_string(there.0.join("Cargo.toml")).expect("it is still there"), before);
}

#[test]
fn no_name_of_the_template_is_left() {
    let workspace = Workspace::of("duck", &[]);
    let mut folders = vec![workspace.0];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).expect("it can be read").map(|entry| entry.expect("it can be read").path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let text = fs::read_to_string(&path).expect("it is text");
            let is_whole =
                !text.contains("newgame") && (path.ends_with("Cargo.lock") || !text.contains('@') || is_at(&text));
            assert!(is_whole, "{}:\n{text}", path.display());
        }
    }
    assert!(files > 20, "{files}");
}

/// Whether an at is there in its own right: the letter of the own flyer, and styles.
fn is_at(text: &str) -> bool {
    text.contains("'@'") && text.matches('@').count() == 1
}
