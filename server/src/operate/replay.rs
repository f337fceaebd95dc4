//! `replay`: plays a log again, to see that it comes out the same, what a player held at a tick of it, or how all
//! players stood then; or shows it.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use auspice::authority::{Glance, HeldEntity, KindGlance, Replay, Room};
use auspice::{EntityId, Game, Replicate};
use clap::{ArgGroup, Args};
use serde_json::{Value, json};

use super::address::Address;
use super::inspect_log::inspect_log;
use super::outlet::mention;
use super::serve_log::{LogShow, serve_log};
use crate::limits::{SHOWN_SPEED_MAX, SHOWN_SPEED_MIN};
use crate::net::BuiltFile;
use crate::ticklog::{FrameKind, LogSegment, Saves, Segments, rooms_in};

/// Arguments of the task.
#[derive(Args)]
#[command(group(ArgGroup::new("when").args(["at", "serve"]).multiple(true)))]
pub(crate) struct ReplayTask {
    /// The log's folder, of many rooms that of one of them; or one file of it
    log: PathBuf,
    /// Play everything, and fail at the first tick that publishes something else than it did; so it is without an
    /// option, too
    #[arg(long, conflicts_with_all = ["at", "inspect", "serve"])]
    verify: bool,
    /// Play as far as this tick, and print each player's own entity then; of several ticks, with commas between
    /// them, one after the other. With --serve begin at it
    #[arg(long, value_name = "TICK", value_delimiter = ',')]
    at: Vec<u32>,
    /// Print all that this player held then instead, by its name or its number; with --serve clients see from its
    /// place, unless they say another
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
    pub(crate) fn run<G: Game>(
        &self,
        saves: Option<Saves<G>>,
        page: Option<&'static [BuiltFile]>,
    ) -> Result<String, String> {
        let saves = saves.ok_or("this game cannot be saved, so it has no log")?;
        if let Some(listen) = self.serve.clone() {
            let (files, gaps) = self.files()?;
            let (secret_file, follow) = (self.secret_file.clone(), self.player.clone());
            if self.at.len() > 1 {
                return Err("a log is served from one tick on, and --at names several".into());
            }
            gaps.iter().for_each(|gap| mention(&format!("{gap}\n")));
            serve_log(
                saves,
                files,
                LogShow { listen, secret_file, at: self.at.first().copied(), speed: self.speed, follow },
                page,
            )?;
            return Ok(String::new());
        }
        if self.inspect {
            inspect_log(saves, self.files()?.0, self.listen)?;
            return Ok(String::new());
        }
        let (files, told) = self.files()?;
        let mut show = Show::new(saves, told, AskedTicks::of(self));
        let mut files = files.iter().map(|path| read(path).map(|segment| (path, segment))).peekable();
        while let Some(file) = files.next() {
            let (path, mut segment) = file?;
            if let (Some(segment), Some(Ok((_, Some(next))))) = (&mut segment, files.peek()) {
                segment.leave_out_repeated(next);
            }
            show.play_file(path, segment)?;
            if show.is_done() {
                break;
            }
        }
        if show.keyframes == 0 {
            return Err(format!("{} has no whole keyframe, so there is nothing to play", self.log.display()));
        }
        if self.at.is_empty() { show.summary(self.json) } else { show.looked() }
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
                return Err(format!(
                    "{log} has the logs of many rooms: give the folder of one, such as {}",
                    one.display()
                ));
            }
            return Err(format!("{} has no log", self.log.display()));
        }
        let gaps =
            segments.missing().map(|path| format!("{} is not there, and its ticks are not played", path.display()));
        let gaps = gaps.collect();
        Ok((segments.files.into_iter().map(|(_, path)| path).collect(), gaps))
    }
}

/// Ticks of a log at which somebody looks, and what was to be seen.
struct AskedTicks {
    /// Ticks to come, the last first.
    wanted: Vec<u32>,
    /// The player whose view is printed, in place of how all stand.
    player: Option<String>,
    as_json: bool,
    /// Lines of the ticks before those.
    seen: String,
}

impl AskedTicks {
    fn of(task: &ReplayTask) -> Self {
        let mut wanted = task.at.clone();
        wanted.sort_unstable_by(|one, other| other.cmp(one));
        wanted.dedup();
        Self { wanted, player: task.player.clone(), as_json: task.json, seen: String::new() }
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
    asked: AskedTicks,
    /// Whether anything is to be looked at, so that playing ends with the last of it.
    looks_ahead: bool,
    /// Sentences about what was not whole.
    told: Vec<String>,
    took: Duration,
    played: Duration,
}

impl<G: Game> Show<G> {
    fn new(saves: Saves<G>, told: Vec<String>, asked: AskedTicks) -> Self {
        let (took, played, looks_ahead) = (Duration::ZERO, Duration::ZERO, !asked.wanted.is_empty());
        Self {
            saves,
            room: None,
            replay: Replay::lenient(),
            ticks: 0,
            keyframes: 0,
            asked,
            looks_ahead,
            told,
            took,
            played,
        }
    }

    /// Whether everything that was asked for has been seen.
    fn is_done(&self) -> bool {
        self.looks_ahead && self.asked.wanted.is_empty()
    }

    fn tick(&self) -> u32 {
        self.room.as_ref().map_or(0, |room| room.tick_now().0)
    }

    fn play_file(&mut self, path: &Path, segment: Option<LogSegment>) -> Result<(), String> {
        let name = path.display();
        let Some(segment) = segment else {
            self.told.push(format!("{name} has no whole head"));
            return Ok(());
        };
        segment.head.check::<G>().map_err(|what| format!("{name}: {what}"))?;
        self.told.extend(segment.told_of::<G>(&name));
        if !segment.has_repeated() && segment.last_tick().is_some_and(|tick| tick <= self.tick()) {
            self.told.push(format!("{name} was begun, and the one before it tells more"));
            return Ok(());
        }
        // Between two runs of the server everyone was lost, so that the first keyframe need not be what came before.
        let mut is_first = self.replay.difference().is_none();
        for frame in &segment.frames {
            self.look_before(frame.tick)?;
            if self.is_done() {
                return Ok(());
            }
            match frame.kind {
                FrameKind::Keyframe => self.keyframe(segment.payload(frame), std::mem::take(&mut is_first))?,
                FrameKind::Calls => self.play(segment.payload(frame), segment.head.tick_hz)?,
                FrameKind::Head | FrameKind::End => {}
            }
        }
        // What follows in another file is of another run of the server, where everyone is away.
        if self.room.is_some() { self.look_before(self.tick().saturating_add(1)) } else { Ok(()) }
    }

    /// Looks at the ticks before `tick`, which is played next.
    fn look_before(&mut self, tick: u32) -> Result<(), String> {
        if self.room.is_none() {
            return Ok(());
        }
        while let Some(at) = self.asked.wanted.pop_if(|at| *at < tick) {
            self.look(at)?;
        }
        Ok(())
    }

    /// Prints what was asked for of the tick that was played last, which must be this one.
    fn look(&mut self, at: u32) -> Result<(), String> {
        let room = self.room.as_ref().filter(|room| room.tick_now().0 == at);
        let room =
            room.ok_or_else(|| format!("the log does not have tick {at}: its last before is {}", self.tick()))?;
        let seen = match &self.asked.player {
            Some(player) => view(room, player, self.asked.as_json)?,
            None => standing(room, self.asked.as_json),
        };
        self.asked.seen.push_str(&seen);
        Ok(())
    }

    /// Lines of all that was seen, where the log has every tick that was asked for.
    fn looked(mut self) -> Result<String, String> {
        match self.asked.wanted.pop() {
            Some(at) => Err(format!("the log does not have tick {at}: its last before is {}", self.tick())),
            None => Ok(self.asked.seen),
        }
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
            let all =
                json!({ "ticks": ticks, "keyframes": keyframes, "last": self.tick(), "told": told, "speed": times });
            return Ok(format!("{all}\n"));
        }
        let told: String = told.iter().map(|sentence| format!("{sentence}\n")).collect();
        let last = self.tick();
        Ok(format!(
            "{told}{ticks} ticks, as far as tick {last}, publish what they did; {keyframes} keyframes; {times:.0} \
             times real time\n"
        ))
    }
}

/// All that a player held at the tick that was made last.
fn view<G: Game>(room: &Room<G>, player: &str, as_json: bool) -> Result<String, String> {
    let at = room.tick_now().0;
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

/// All players at the tick that was made last, each with its own entity. As JSON it is one line.
fn standing<G: Game>(room: &Room<G>, as_json: bool) -> String {
    let mut glance = Glance::default();
    room.glance(&mut glance);
    let (at, entities) = (glance.tick.0, glance.kinds.iter().map(|kind| kind.ids.len()).sum::<usize>());
    let owns = glance.players.iter().map(|player| (player, player.own.and_then(|own| entity_of(&glance.kinds, own))));
    if as_json {
        let players: Vec<Value> = owns
            .map(|(player, own)| {
                let own = own.as_ref().map(as_value::<G>);
                json!({ "client": player.client.to_string(), "name": player.name, "away": player.is_away, "own": own })
            })
            .collect();
        return format!("{}\n", json!({ "tick": at, "entities": entities, "players": players }));
    }
    let lines: String = owns
        .map(|(player, own)| {
            let own = own.as_ref().map_or_else(|| "nothing".into(), as_line::<G>);
            format!("{} ({}){}: {own}\n", player.name, player.client, if player.is_away { ", away" } else { "" })
        })
        .collect();
    format!("at tick {at} there are {} players and {entities} entities\n{lines}", glance.players.len())
}

/// An entity as it is published.
fn entity_of(kinds: &[KindGlance], id: EntityId) -> Option<HeldEntity> {
    kinds.iter().enumerate().find_map(|(kind, rows)| {
        let at = rows.ids.iter().position(|held| *held == id)?;
        let width = rows.columns.len() / rows.ids.len();
        let columns = rows.columns[at * width..(at + 1) * width].to_vec();
        Some(HeldEntity { id, kind, columns, label: rows.label(at).to_vec(), is_untold: false })
    })
}

/// The whole frames of a file, if its head is one.
fn read(path: &Path) -> Result<Option<LogSegment>, String> {
    fs::read(path).map(LogSegment::read).map_err(|error| format!("{}: {error}", path.display()))
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
    let (id, kind) = (held.id.to_string(), G::Entity::KINDS[held.kind].name);
    json!({ "id": id, "kind": kind, "label": label, "fields": fields, "untold": held.is_untold })
}

fn as_line<G: Game>(held: &HeldEntity) -> String {
    let fields: String = fields::<G>(held)
        .iter()
        .map(|(name, values)| format!(" {name}={}", values.iter().map(f64::to_string).collect::<Vec<_>>().join(",")))
        .collect();
    let label = String::from_utf8_lossy(&held.label);
    let untold = if held.is_untold { " (not told yet)" } else { "" };
    format!("{} {} \"{label}\"{fields}{untold}", held.id, G::Entity::KINDS[held.kind].name)
}
