//! [`foresight_digest`]: a number by which two machines see that they foresee alike.

use crate::game::{Game, Ground, Obstacles, Terms, foresee};
use crate::rng::Rng;
use crate::state::{EMPTY, Field, Layout, Quantity, Replicate, Row, SchemaError};

/// Rows of each kind that are tried.
const ROWS: u32 = 512;
/// Steps that what lasts of a change moves a field by in a tick, at most.
const PULL: i32 = 40;
/// Ticks for which each is moved on.
const TICKS: u32 = 32;

/// A number that depends on every bit of what [`Game::advance`] and [`Game::predict_own`] make of many rows and
/// inputs, drawn from `seed` over the whole of their fields' ranges.
///
/// Pin it in a test, and run that test wherever the game is to run: natively, in a browser, and with
/// `--features auspice/scalar-math`, which takes the processor's vector instructions from `glam`. Another number
/// there means that clients there will diverge.
///
/// # Errors
/// [`SchemaError`] where the game's field tables are wrong.
pub fn foresight_digest<G: Game>(terms: Terms<G::Rules>, seed: u64) -> Result<u64, SchemaError> {
    let layout = Layout::new::<G::Entity>()?;
    Layout::new::<G::Input>()?;
    let (ground, mut rng) = (Ground::<G>::new(terms), Rng::new(seed));
    let mut digest = 0xcbf2_9ce4_8422_2325;
    for (kind, table) in G::Entity::KINDS.iter().enumerate() {
        for _ in 0..ROWS {
            let row = canonical::<G::Entity>(kind, &draw(table.fields, &mut rng));
            let (mut foreseen, mut own) = (row, row);
            for _ in 0..TICKS {
                foresee::<G>(&layout, &ground, kind, &mut foreseen);
                take(&mut digest, &foreseen);
                let input = G::Input::read_row(0, &draw(G::Input::KINDS[0].fields, &mut rng));
                let mut entity = G::Entity::read_row(kind, &own);
                G::predict_own(&ground, &mut entity, &input, &Obstacles::NONE);
                if entity.kind() != kind {
                    break;
                }
                entity.write_row(&mut own);
                take(&mut digest, &own);
            }
        }
    }
    Ok(digest)
}

/// A row as a game writes it: a rotation is one of its two quaternions.
fn canonical<E: Replicate>(kind: usize, row: &Row) -> Row {
    let mut canonical = *row;
    E::read_row(kind, row).write_row(&mut canonical);
    canonical
}

fn draw(fields: &[Field], rng: &mut Rng) -> Row {
    let (mut row, mut at) = (EMPTY, 0);
    for field in fields {
        let columns = &mut row[at..at + field.quantity.columns()];
        columns.iter_mut().for_each(|column| *column = rng.between(field.quantity.min(), field.quantity.max()));
        if let Quantity::Rotation { .. } = field.quantity {
            normalise(columns, f64::from(field.quantity.max()));
        }
        at += field.quantity.columns();
    }
    for field in fields.iter().filter(|field| field.lasts > 0) {
        let pulls = at..at + field.quantity.columns();
        at = pulls.end;
        row[pulls].iter_mut().for_each(|steps| *steps = rng.between(-PULL, PULL));
    }
    row
}

fn normalise(columns: &mut [i32], unit: f64) {
    let length = libm::sqrt(columns.iter().map(|&column| f64::from(column) * f64::from(column)).sum());
    if length > 0.0 {
        columns.iter_mut().for_each(|column| *column = libm::round(f64::from(*column) * unit / length) as i32);
    }
}

fn take(digest: &mut u64, row: &Row) {
    for byte in row.iter().flat_map(|column| column.to_le_bytes()) {
        *digest = (*digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
}
