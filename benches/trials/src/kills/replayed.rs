//! [`LoggedPlayers`]: how players stood by a log that was played again, beside what bots held and beside another log.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::process::Command;

use auspice::{EntityId, Replicate};
use auspice_demo::Entity;
use serde::Deserialize;
use serde_json::Value;

use super::pilots::{OwnSight, name_of};

/// Things that were compared, and those of them that were other than they should be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Likeness {
    pub(super) compared: usize,
    pub(super) other: usize,
}

impl Likeness {
    pub(super) fn add(&mut self, is_same: bool) {
        self.compared += 1;
        self.other += usize::from(!is_same);
    }
}

/// A line of `replay --at --json`.
#[derive(Deserialize)]
struct PlayersLine {
    tick: u32,
    entities: u64,
    players: Vec<NamedOwn>,
}

#[derive(Deserialize)]
struct NamedOwn {
    name: String,
    own: Value,
}

/// A tick of a log.
#[derive(Debug, Default)]
struct PlayersThen {
    entities: u64,
    /// Each player's own entity by its name, or null.
    owns: HashMap<String, Value>,
}

/// Players by a log, at ticks of it.
#[derive(Debug, Default)]
pub(super) struct LoggedPlayers(BTreeMap<u32, PlayersThen>);

impl LoggedPlayers {
    /// Plays a log again, once, and looks at it at each of these ticks.
    pub(super) fn at(program: &Path, log: &Path, ticks: &BTreeSet<u32>) -> Result<Self, String> {
        let ticks = ticks.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        Self::read(&replay(program, log, &["--at", &ticks])?)
    }

    fn read(lines: &[u8]) -> Result<Self, String> {
        let lines = serde_json::Deserializer::from_slice(lines).into_iter::<PlayersLine>();
        let then = |line: PlayersLine| {
            let owns = line.players.into_iter().map(|player| (player.name, player.own)).collect();
            (line.tick, PlayersThen { entities: line.entities, owns })
        };
        let ticks = lines.map(|line| line.map(then)).collect::<Result<_, _>>();
        ticks.map(Self).map_err(|error| format!("a replay's answer cannot be read: {error}"))
    }

    /// Entities and players of the world at a tick; nought where the log was not looked at then.
    pub(super) fn size(&self, tick: u32) -> (u64, usize) {
        self.0.get(&tick).map_or((0, 0), |then| (then.entities, then.owns.len()))
    }

    /// Compares the ships that bots held, each at its tick, field by field.
    pub(super) fn compare_held(&self, held: impl IntoIterator<Item = (usize, OwnSight)>, likeness: &mut Likeness) {
        for (index, OwnSight { tick, ship }) in held {
            let Some((id, entity)) = ship else { continue };
            let own = self.0.get(&tick).and_then(|then| then.owns.get(&name_of(index)));
            likeness.add(own.is_some_and(|own| is_as(own, id, &entity)));
        }
    }

    /// Compares what every player has at a tick with what it has at the same tick of a log that goes on from this one.
    pub(super) fn compare_next(&self, next: &Self, tick: u32, likeness: &mut Likeness) {
        let Some(then) = self.0.get(&tick) else { return };
        for (name, own) in &then.owns {
            likeness.add(next.0.get(&tick).and_then(|next| next.owns.get(name)) == Some(own));
        }
    }
}

/// Whether a log's entity is this one, in all its fields.
fn is_as(own: &Value, id: EntityId, entity: &Entity) -> bool {
    let mut row = [0; auspice::limits::COLUMNS_MAX];
    entity.write_row(&mut row);
    let (mut columns, kind) = (row.iter(), &Entity::KINDS[entity.kind()]);
    let has_field = |(name, step, count): (&str, f64, usize)| {
        let said = own["fields"][name].as_array().map_or(&[][..], Vec::as_slice);
        let values: Vec<f64> = columns.by_ref().take(count).map(|&column| f64::from(column) * step).collect();
        // A number that was written and read may be off in its last digit.
        let is_near = |(said, value): (&Value, &f64)| (said.as_f64().unwrap_or(f64::NAN) - value).abs() < 1e-9;
        said.len() == values.len() && said.iter().zip(&values).all(is_near)
    };
    let mut fields = kind.fields.iter().map(|field| (field.name, field.quantity.step(), field.quantity.columns()));
    own["id"] == id.to_string() && own["kind"] == kind.name && fields.all(has_field)
}

/// A summary of `replay --json`.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Replayed {
    pub(super) ticks: u64,
    /// The last tick that the log has.
    pub(super) last: u32,
    /// Time that was played by the time that it took.
    pub(super) speed: f64,
}

impl Replayed {
    /// Plays a log again, and sees that every tick publishes what it did.
    pub(super) fn of(program: &Path, log: &Path) -> Result<Self, String> {
        serde_json::from_slice(&replay(program, log, &[])?).map_err(|error| error.to_string())
    }
}

/// The answer of `auspice-server replay` as JSON.
fn replay(program: &Path, log: &Path, arguments: &[&str]) -> Result<Vec<u8>, String> {
    let output = Command::new(program).arg("replay").arg(log).args(arguments).arg("--json").output();
    let output = output.map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use auspice_demo::Ship;

    use super::*;

    fn ship(health: u8) -> Entity {
        let (position, velocity) = ([320, 640].into(), [-16, 5].into());
        let (energy, score) = (1000, 3);
        let (heading, controls, reload, power_index, ticks_left, is_computer) = (100, 4, 2, 0, 0, false);
        let ship = Ship {
            position,
            velocity,
            heading,
            controls,
            health,
            energy,
            reload,
            power_index,
            ticks_left,
            is_computer,
            score,
        };
        Entity::Ship(ship)
    }

    /// A line as `replay` prints it, of one player.
    fn line(tick: u32, id: EntityId, entity: &Entity) -> String {
        let mut row = [0; auspice::limits::COLUMNS_MAX];
        entity.write_row(&mut row);
        let mut columns = row.iter();
        let kind = &Entity::KINDS[entity.kind()];
        let fields: serde_json::Map<String, Value> = kind
            .fields
            .iter()
            .map(|field| {
                let values = columns.by_ref().take(field.quantity.columns());
                (field.name.into(), values.map(|&column| f64::from(column) * field.quantity.step()).collect())
            })
            .collect();
        let own = serde_json::json!({ "id": id.to_string(), "kind": kind.name, "label": "bot0", "fields": fields });
        let player = serde_json::json!({ "client": "1v0", "name": "bot0", "away": false, "own": own });
        format!("{}\n", serde_json::json!({ "tick": tick, "entities": 7, "players": [player] }))
    }

    fn logged(lines: &[String]) -> LoggedPlayers {
        LoggedPlayers::read(lines.concat().as_bytes()).unwrap()
    }

    #[test]
    fn a_ship_is_compared_with_the_log_at_its_tick_in_every_field() {
        let id = EntityId::new(5, 1);
        let log = logged(&[line(8, id, &ship(7)), line(9, id, &ship(6))]);
        assert_eq!((log.size(9), log.size(10)), ((7, 1), (0, 0)));
        let compare = |index, tick, ship| {
            let mut likeness = Likeness::default();
            log.compare_held([(index, OwnSight { tick, ship })], &mut likeness);
            (likeness.compared, likeness.other)
        };
        assert_eq!(compare(0, 8, Some((id, ship(7)))), (1, 0));
        assert_eq!(compare(0, 9, Some((id, ship(7)))), (1, 1), "another health");
        assert_eq!(compare(0, 8, Some((EntityId::new(5, 2), ship(7)))), (1, 1), "another ship");
        assert_eq!(compare(0, 10, Some((id, ship(7)))), (1, 1), "a tick that was not told");
        assert_eq!(compare(1, 8, Some((id, ship(7)))), (1, 1), "a bot that the log does not know");
        assert_eq!(compare(0, 8, None), (0, 0));
    }

    #[test]
    fn a_log_that_goes_on_has_everyone_as_they_were() {
        let id = EntityId::new(5, 1);
        let compare = |next: &[String]| {
            let mut likeness = Likeness::default();
            logged(&[line(8, id, &ship(7))]).compare_next(&logged(next), 8, &mut likeness);
            (likeness.compared, likeness.other)
        };
        assert_eq!(compare(&[line(8, id, &ship(7))]), (1, 0));
        assert_eq!(compare(&[line(8, id, &ship(6))]), (1, 1));
        assert_eq!(compare(&[line(9, id, &ship(7))]), (1, 1));
    }
}
