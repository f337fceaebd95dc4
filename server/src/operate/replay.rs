//! `replay`: plays a log again, to see that it comes out the same, or what a player saw at a tick of it; or shows it.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use auspice::authority::{HeldEntity, Replay, Room};
use auspice::{Game, Replicate};
use clap::{ArgGroup, Args};
use serde_json::{Value, json};

use super::address::Address;
use super::inspect_log::inspect_log;
use super::outlet::mention;
use super::serve_log::{LogShow, serve_log};
use crate::limits::{SHOWN_SPEED_MAX, SHOWN_SPEED_MIN};
use crate::net::BuiltFile;
use crate::ticklog::{FrameKind, Head, LogSegment, Saves, Segments, rooms_in};

/// Arguments of the task.
#[derive(Args)]
#[command(
    group(ArgGroup::new("whose").args(["player", "serve"]).multiple(true)),
    group(ArgGroup::new("when").args(["at", "serve"]).multiple(true))
)]
pub(crate) struct ReplayTask {
    /// The log's folder, of many rooms that of one of them; or one file of it
    log: PathBuf,
    /// Play everything, and fail at the first tick that publishes something else than it did; so it is without an
    /// option, too
    #[arg(long, conflicts_with_all = ["at", "inspect", "serve"])]
    verify: bool,
    /// Play as far as this tick, and print what a player held then; with --serve begin at it
    #[arg(long, value_name = "TICK", requires = "whose")]
    at: Option<u32>,
    /// The player, by its name or its number; with --serve clients see from its place, unless they say another
    #[arg(long = "as", value_name = "PLAYER", requires = "when")]
    player: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Show it in a browser instead: the world at any tick, what each player held, pause and seek
    #[arg(long, conflicts_with_all = ["at", "json", "serve"])]
    inspect: bool,
    /// Address of that page
    #[arg(long, value_name = "ADDRESS", default_value = INSPECT_ADDRESS, requires = "inspect")]
    listen: SocketAddr,
    /// Serve it to clients of the game instead, at this address, as a world that they look at: `cargo play -- --watch`,
    /// or any other. They pause, seek and follow others by lines such as /pause, /seek -10, /speed 2 and /as PLAYER
    #[arg(long, value_name = "ADDRESS", conflicts_with = "json")]
    serve: Option<Address>,
    /// Recorded time by real time, 0.2 to 32; 1 unless given
    #[arg(long, value_name = "TIMES", requires = "serve", value_parser = speed)]
    speed: Option<f64>,
    /// File with a secret that clients have to show, where others than this machine's may come
    #[arg(long, value_name = "FILE", requires = "serve")]
    secret_file: Option<PathBuf>,
}

/// Address of the page behind the players' port and the admin listener's.
const INSPECT_ADDRESS: &str = "127.0.0.1:7702";

fn speed(text: &str) -> Result<f64, String> {
    let speed = text.parse().ok().filter(|speed| (SHOWN_SPEED_MIN..=SHOWN_SPEED_MAX).contains(speed));
    speed.ok_or_else(|| format!("expected a number from {SHOWN_SPEED_MIN} to {SHOWN_SPEED_MAX}"))
}

impl ReplayTask {
    /// Does it; returns what it prints. Browsers are shown `page`, where the log is served.
    pub(crate) fn run<G: Game>(&self, saves: Option<Saves<G>>, page: Option<&'static [BuiltFile]>) -> Result<String, String> {
        let saves = saves.ok_or("this game cannot be saved, so it has no log")?;
        if let Some(listen) = self.serve.clone() {
            let (files, gaps) = self.files()?;
            let (secret_file, follow) = (self.secret_file.clone(), self.player.clone());
            gaps.iter().for_each(|gap| mention(&format!("{gap}\n")));
            serve_log(saves, files, LogShow { listen, secret_file, at: self.at, speed: self.speed, follow }, page)?;
            return Ok(String::new());
        }
        if self.inspect {
            inspect_log(saves, self.files()?.0, self.listen)?;
            return Ok(String::new());
        }
        let (files, told) = self.files()?;
        let mut show = Show::new(saves, told);
        let until = self.at.unwrap_or(u32::MAX);
        for path in files {
            show.play_file(&path, until)?;
            if show.tick() >= until {
                break;
            }
        }
        if show.keyframes == 0 {
            return Err(format!("{} has no whole keyframe, so there is nothing to play", self.log.display()));
        }
        match (&self.player, self.at) {
            (Some(player), Some(at)) => show.view(player, at, self.json),
            _ => show.summary(self.json),
        }
    }

    /// The files of the log, and sentences about what lacks between them.
    fn files(&self) -> Result<(Vec<PathBuf>, Vec<String>), String> {
        let told = |error| format!("{}: {error}", self.log.display());
        if self.log.is_file() {
            return Ok((vec![self.log.clone()], Vec::new()));
        }
        let segments = Segments::list(&self.log).map_err(told)?;
        if segments.files.is_empty() {
            if let Some(room) = rooms_in(&self.log).map_err(told)?.first() {
                let one = self.log.join(room);
                let log = self.log.display();
                return Err(format!("{log} has the logs of many rooms: give the folder of one, such as {}", one.display()));
            }
            return Err(format!("{} has no log", self.log.display()));
        }
        let gaps = segments.missing().map(|path| format!("{} is not there, and its ticks are not played", path.display()));
        let gaps = gaps.collect();
        Ok((segments.files.into_iter().map(|(_, path)| path).collect(), gaps))
    }
}

/// A log while it is played.
struct Show<G: Game> {
    saves: Saves<G>,
    /// The room, once there was a keyframe.
    room: Option<Room<G>>,
    replay: Replay,
    ticks: u64,
    keyframes: u64,
    /// Sentences about what was not whole.
    told: Vec<String>,
    took: Duration,
    played: Duration,
}

impl<G: Game> Show<G> {
    fn new(saves: Saves<G>, told: Vec<String>) -> Self {
        let (took, played) = (Duration::ZERO, Duration::ZERO);
        Self { saves, room: None, replay: Replay::lenient(), ticks: 0, keyframes: 0, told, took, played }
    }

    fn tick(&self) -> u32 {
        self.room.as_ref().map_or(0, |room| room.tick_now().0)
    }

    fn play_file(&mut self, path: &Path, until: u32) -> Result<(), String> {
        let name = path.display();
        let bytes = fs::read(path).map_err(|error| format!("{name}: {error}"))?;
        let Some(segment) = LogSegment::read(bytes) else {
            self.told.push(format!("{name} has no whole head"));
            return Ok(());
        };
        segment.head.check::<G>().map_err(|what| format!("{name}: {what}"))?;
        if segment.torn > 0 {
            self.told.push(format!("the last {} bytes of {name} are no whole frame", segment.torn));
        }
        let build = Head::here::<G>(segment.head.tick_hz).build;
        if segment.head.build != build {
            self.told.push(format!("{name} is of another build: it is no fault where it plays otherwise"));
        }
        // Between two runs of the server everyone was lost, so that the first keyframe need not be what came before.
        let mut is_first = self.replay.difference().is_none();
        for frame in &segment.frames {
            match frame.kind {
                FrameKind::Keyframe => self.keyframe(segment.payload(frame), std::mem::take(&mut is_first))?,
                FrameKind::Calls if frame.tick <= until => self.play(segment.payload(frame), segment.head.tick_hz)?,
                FrameKind::Calls => return Ok(()),
                FrameKind::Head | FrameKind::End => {}
            }
        }
        Ok(())
    }

    /// Compares what was played with what was saved, and goes on from that.
    fn keyframe(&mut self, saved: &[u8], is_first: bool) -> Result<(), String> {
        let room = (self.saves.load_as_it_was)(saved).map_err(|error| format!("a keyframe: {error}"))?;
        self.keyframes += 1;
        let before = self.room.replace(room);
        let replay = std::mem::replace(&mut self.replay, Replay::lenient());
        let difference = match (&self.room, before) {
            (Some(saved), Some(played)) if !is_first => saved.first_difference(&played),
            _ => None,
        };
        match (replay.difference(), difference) {
            (None, None) => Ok(()),
            (Some(first), None) => Err(format!("{first}; by the next keyframe it is the same again")),
            (Some(first), Some(then)) => Err(format!("{first}; by the next keyframe this is other: {then}")),
            (None, Some(then)) => Err(format!("every tick publishes what it did, and yet this is other: {then}")),
        }
    }

    fn play(&mut self, calls: &[u8], tick_hz: u32) -> Result<(), String> {
        let Some(room) = &mut self.room else { return Ok(()) };
        let (before, started) = (room.tick_now().0, Instant::now());
        (self.saves.play)(&mut self.replay, room, calls).map_err(|error| error.to_string())?;
        self.took += started.elapsed();
        let ticks = room.tick_now().0 - before;
        self.ticks += u64::from(ticks);
        self.played += Duration::from_secs(1) * ticks / tick_hz.max(1);
        Ok(())
    }

    /// Says that it came out the same.
    fn summary(&self, as_json: bool) -> Result<String, String> {
        if let Some(difference) = self.replay.difference() {
            return Err(difference.to_string());
        }
        let times = self.played.as_secs_f64() / self.took.as_secs_f64().max(1e-9);
        let Self { ticks, keyframes, told, .. } = self;
        if as_json {
            let all = json!({ "ticks": ticks, "keyframes": keyframes, "last": self.tick(), "told": told, "speed": times });
            return Ok(format!("{all}\n"));
        }
        let told: String = told.iter().map(|sentence| format!("{sentence}\n")).collect();
        let last = self.tick();
        Ok(format!(
            "{told}{ticks} ticks, as far as tick {last}, publish what they did; {keyframes} keyframes; {times:.0} times real time\n"
        ))
    }

    /// What a player held at the tick that was played last.
    fn view(&self, player: &str, at: u32, as_json: bool) -> Result<String, String> {
        let room = self.room.as_ref().filter(|room| room.tick_now().0 == at);
        let room = room.ok_or_else(|| format!("the log does not have tick {at}: its last before is {}", self.tick()))?;
        let found = room.each_player().find(|(client, name)| *name == player || client.to_string() == player);
        let (client, name) = found.ok_or_else(|| format!("nobody called {player} played at tick {at}"))?;
        let held = room.held_by(client).unwrap_or_default();
        if as_json {
            let entities: Vec<Value> = held.iter().map(as_value::<G>).collect();
            let all = json!({ "tick": at, "client": client.to_string(), "name": name, "entities": entities });
            return Ok(format!("{all}\n"));
        }
        let lines: String = held.iter().map(|held| format!("{}\n", as_line::<G>(held))).collect();
        Ok(format!("at tick {at} {name} ({client}) holds {} entities\n{lines}", held.len()))
    }
}

/// Each field's name with its values, in the game's units.
fn fields<G: Game>(held: &HeldEntity) -> Vec<(&'static str, Vec<f64>)> {
    let mut columns = held.columns.iter();
    let fields = G::Entity::KINDS[held.kind].fields.iter();
    let values = fields.map(|field| {
        let of_field = columns.by_ref().take(field.quantity.columns());
        (field.name, of_field.map(|&column| f64::from(column) * field.quantity.step()).collect())
    });
    values.collect()
}

fn as_value<G: Game>(held: &HeldEntity) -> Value {
    let fields: serde_json::Map<String, Value> =
        fields::<G>(held).into_iter().map(|(name, values)| (name.into(), json!(values))).collect();
    let label = String::from_utf8_lossy(&held.label);
    json!({ "id": held.id.to_string(), "kind": G::Entity::KINDS[held.kind].name, "label": label, "fields": fields })
}

fn as_line<G: Game>(held: &HeldEntity) -> String {
    let fields: String = fields::<G>(held)
        .iter()
        .map(|(name, values)| format!(" {name}={}", values.iter().map(f64::to_string).collect::<Vec<_>>().join(",")))
        .collect();
    let label = String::from_utf8_lossy(&held.label);
    format!("{} {} \"{label}\"{fields}", held.id, G::Entity::KINDS[held.kind].name)
}
