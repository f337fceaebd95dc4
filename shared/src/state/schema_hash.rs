//! [`schema_hash`]: by which two programs see that they read and foresee each other's rows alike.

use super::replicate::Replicate;
use super::schema::{Display, Field, Kind, Quantity};

/// A number for all that both ends must have alike of `T`: what a message is read by, and what a row is
/// foreseen by. Names are part of it, since a field that means something else is mostly called something
/// else. Priorities, `jumps`, `rewinds` and `obstacle` are not: no message is read by them. FNV-1a, 64
/// bits; `shared/PROTOCOL.md` has it byte by byte.
#[must_use]
pub fn schema_hash<T: Replicate>(seed: u64) -> u64 {
    hash_of(T::KINDS, seed)
}

fn hash_of(kinds: &[Kind], seed: u64) -> u64 {
    let mut hash = Fnv(seed ^ 0xcbf2_9ce4_8422_2325);
    kinds.iter().for_each(|kind| hash.take_kind(kind));
    hash.0
}

/// FNV-1a over whatever it takes. Each part of a table is written out, so that every compiler makes the same of it.
struct Fnv(u64);

impl Fnv {
    fn take_kind(&mut self, kind: &Kind) {
        let Kind {
            name,
            labelled,
            fields,
            news,
            codes,
            display,
            priority: _,
            patience_millis: _,
            rewinds: _,
            obstacle: _,
        } = *kind;
        self.take_text(name);
        self.take_flag(labelled);
        self.take_flag(display == Display::Interpolate);
        self.take_number(fields.len() as u32);
        fields.iter().for_each(|field| self.take_field(field));
        self.take_number(news.len() as u32);
        for symbol in news {
            self.take_number(symbol.fields);
            self.take_number(symbol.bits);
        }
        self.take_text(codes);
    }

    fn take_field(&mut self, field: &Field) {
        let Field { name, quantity, control, position, moved_by, at_once, lasts, news_bits, tolerance, jumps: _ } =
            *field;
        self.take_text(name);
        self.take(&[match quantity {
            Quantity::Scalar { .. } => 0,
            Quantity::Angle { .. } => 1,
            Quantity::Vec2 { .. } => 2,
            Quantity::Vec3 { .. } => 3,
            Quantity::Rotation { .. } => 4,
            Quantity::Flags { .. } => 5,
            Quantity::Choice { .. } => 6,
            Quantity::Counter { .. } => 7,
        }]);
        for column in 0..quantity.columns() {
            self.take(&quantity.min(column).to_le_bytes());
            self.take(&quantity.max(column).to_le_bytes());
        }
        self.take(&quantity.step().to_bits().to_le_bytes());
        self.take_flag(control);
        self.take_flag(position);
        self.take_number(moved_by.map_or(0, |field| field as u32 + 1));
        self.take_number(news_bits);
        self.take_number(at_once);
        self.take_number(lasts);
        self.take(&tolerance.to_bits().to_le_bytes());
    }

    fn take_text(&mut self, text: &str) {
        self.take_number(text.len() as u32);
        self.take(text.as_bytes());
    }

    fn take_flag(&mut self, flag: bool) {
        self.take(&[u8::from(flag)]);
    }

    fn take_number(&mut self, number: u32) {
        self.take(&number.to_le_bytes());
    }

    fn take(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Symbol;

    const FIELD: Field = Field::scalar("at", -1.0, 1.0, 0.5).tolerance(0.5);
    const KIND: Kind = Kind {
        name: "Dot",
        labelled: false,
        priority: 1,
        patience_millis: None,
        fields: &[FIELD],
        news: &[],
        codes: "",
        display: Display::Advance,
        rewinds: false,
        obstacle: false,
    };

    fn hash(kind: Kind) -> u64 {
        hash_of(&[kind], 7)
    }

    fn of_field(field: Field) -> u64 {
        let mut hash = Fnv(0);
        hash.take_field(&field);
        hash.0
    }

    #[test]
    fn whatever_a_message_is_read_or_a_row_foreseen_by_changes_the_hash() {
        let kinds = [
            KIND,
            Kind { name: "Spot", ..KIND },
            Kind { labelled: true, ..KIND },
            Kind { fields: &[FIELD, FIELD], ..KIND },
            Kind { news: &[Symbol { fields: 1, bits: 1 }], ..KIND },
            Kind { news: &[Symbol { fields: 1, bits: 2 }], ..KIND },
            Kind { news: &[Symbol { fields: Symbol::OTHER, bits: 1 }], ..KIND },
            Kind { display: Display::Interpolate, ..KIND },
            Kind { codes: "[Dot]", ..KIND },
        ];
        let mut hashes = kinds.map(hash).to_vec();
        hashes.extend([hash_of(&[KIND], 8), hash_of(&[], 7), hash_of(&[KIND, KIND], 7)]);
        let fields = [
            FIELD,
            Field::scalar("to", -1.0, 1.0, 0.5),
            Field::scalar("at", -1.5, 1.0, 0.5),
            Field::scalar("at", -1.0, 1.5, 0.5),
            Field::scalar("at", -2.0, 2.0, 1.0),
            Field::vec2("at", [-1.0; 2], [1.0; 2], 0.5),
            Field::vec3("at", [-1.0; 3], [1.0; 3], 0.5),
            Field::vec3("at", [-1.0, -1.0, -2.0], [1.0; 3], 0.5),
            Field::angle("at", 4),
            Field::rotation("at", 4),
            Field::flags("at", 4),
            Field::choice("at", 16),
            Field::counter("at", 15),
            FIELD.control(),
            FIELD.position(),
            FIELD.moved_by(0),
            FIELD.moved_by(1),
            FIELD.at_once(0.5),
            FIELD.lasts(0.5),
            FIELD.news_bits(4),
            FIELD.tolerance(1.0),
        ];
        hashes.extend(fields.map(of_field));
        let count = hashes.len();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), count);
    }

    #[test]
    fn what_never_travels_does_not_keep_two_programs_apart() {
        for kind in [
            Kind { priority: 9, ..KIND },
            Kind { patience_millis: Some(0), ..KIND },
            Kind { rewinds: true, ..KIND },
            Kind { obstacle: true, ..KIND },
        ] {
            assert_eq!(hash(kind), hash(KIND), "{kind:?}");
        }
    }
}
