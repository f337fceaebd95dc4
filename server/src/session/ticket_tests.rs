//! No ticket but a good one, once.

use std::time::Instant;

use auspice::Rng;

use super::*;

const NOW: i64 = 1_800_000_000;

struct Backend {
    secret: SecretKey,
    verifier: TicketVerifier,
}

impl Backend {
    fn new() -> Self {
        let (secret, public) = SecretKey::generate().unwrap();
        let keys = PublicKeys(vec![Verifier::parse(&public).unwrap()]);
        Self { secret: SecretKey::parse(&secret).unwrap(), verifier: TicketVerifier::new(keys, "arena-1", NOW - 1000) }
    }

    fn mint(&self, change: impl FnOnce(&mut Claims)) -> String {
        let mut claims = Claims::new("player-7", "Ann", "arena-1", NOW, TICKET_SECONDS_MAX).unwrap();
        change(&mut claims);
        self.secret.mint(&claims).unwrap()
    }

    fn fault(&mut self, ticket: &str, now: i64) -> Option<CloseReason> {
        self.verifier.take(ticket, now).err()
    }
}

fn at(seconds: i64) -> String {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap().format(&Rfc3339).unwrap()
}

#[test]
fn a_good_ticket_is_good_once() {
    let mut backend = Backend::new();
    let ticket = backend.mint(|_| {});
    let looked_at = backend.verifier.peek(&ticket, NOW).map(|claims| claims.sub);
    assert_eq!(looked_at, Ok("player-7".into()), "which takes nothing of it");
    assert!(ticket.len() <= auspice::limits::CREDENTIAL_BYTES_MAX, "{}", ticket.len());
    assert_eq!(backend.verifier.take(&ticket, NOW), Ok(("player-7".into(), "Ann".into())));
    assert_eq!(
        backend.verifier.peek(&ticket, NOW).err(),
        Some(CredentialFault::TicketUsed),
        "and names nobody any more"
    );
    for now in [NOW, NOW + 1, NOW + TICKET_SECONDS_MAX + SKEW_SECONDS] {
        assert_eq!(backend.fault(&ticket, now), Some(CredentialFault::TicketUsed.into()));
    }
    assert_eq!(
        backend.fault(&ticket, NOW + TICKET_SECONDS_MAX + SKEW_SECONDS + 1),
        Some(CredentialFault::TicketExpired.into())
    );
    // The same player by a second ticket; the same `jti` under another signature.
    let again = backend.mint(|_| {});
    assert!(backend.verifier.take(&again, NOW).is_ok());
    let (one, other) = (
        backend.mint(|it| it.jti = "x".repeat(16)),
        backend.mint(|it| (it.sub, it.jti) = ("b".into(), "x".repeat(16))),
    );
    assert!(backend.verifier.take(&one, NOW).is_ok());
    assert_eq!(backend.fault(&other, NOW), Some(CredentialFault::TicketUsed.into()));
}

#[test]
fn a_ticket_that_is_given_back_is_good_once_more() {
    let mut backend = Backend::new();
    let (ticket, other) = (backend.mint(|_| {}), backend.mint(|_| {}));
    for _ in 0..2 {
        assert_eq!(backend.fault(&ticket, NOW), None);
        assert_eq!(backend.fault(&ticket, NOW), Some(CredentialFault::TicketUsed.into()));
        backend.verifier.give_back(&ticket);
    }
    assert_eq!(backend.fault(&other, NOW), None);
    backend.verifier.give_back(&ticket);
    backend.verifier.give_back("v4.public.none");
    assert_eq!(backend.fault(&other, NOW), Some(CredentialFault::TicketUsed.into()), "no other is");
}

#[test]
fn a_signature_is_verified_once_however_often_its_ticket_is_asked_for() {
    let mut backend = Backend::new();
    let (ticket, other) = (backend.mint(|_| {}), backend.mint(|it| it.sub = "player-8".into()));
    for now in [NOW, NOW + 1] {
        assert_eq!(backend.verifier.peek(&ticket, now).map(|claims| claims.sub), Ok("player-7".into()));
    }
    assert_eq!(
        backend.verifier.peek(&ticket, NOW + 100).err(),
        Some(CredentialFault::TicketExpired),
        "its time is judged each time"
    );
    assert!(backend.verifier.take(&ticket, NOW).is_ok());
    assert_eq!(backend.verifier.verifications.get(), 1);
    // Another is another, and so is one that is no ticket.
    assert_eq!(backend.verifier.peek(&other, NOW).map(|claims| claims.sub), Ok("player-8".into()));
    assert_eq!(backend.fault(&ticket, NOW), Some(CredentialFault::TicketUsed.into()));
    assert_eq!(backend.fault("v4.public.none", NOW), Some(CredentialFault::TicketInvalid.into()));
    assert_eq!(backend.fault("v4.public.none", NOW), Some(CredentialFault::TicketInvalid.into()));
    assert_eq!(backend.verifier.verifications.get(), 4);
}

#[test]
fn each_claim_is_checked() {
    let mut backend = Backend::new();
    type Change = fn(&mut Claims);
    let cases: [(&str, Change, CredentialFault); 13] = [
        ("another server", |it| it.aud = "arena-2".into(), CredentialFault::TicketForeign),
        ("another protocol", |it| it.protocol += 1, CredentialFault::TicketForeign),
        ("run out", |it| (it.iat, it.exp) = (at(NOW - 40), at(NOW - 10)), CredentialFault::TicketExpired),
        ("not yet", |it| (it.iat, it.exp) = (at(NOW + 6), at(NOW + 20)), CredentialFault::TicketExpired),
        ("too long", |it| it.exp = at(NOW + 31), CredentialFault::TicketExpired),
        ("backwards", |it| it.exp = at(NOW - 1), CredentialFault::TicketExpired),
        (
            "from before the start",
            |it| (it.iat, it.exp) = (at(NOW - 1001), at(NOW - 980)),
            CredentialFault::TicketExpired,
        ),
        ("no time", |it| it.exp = "soon".into(), CredentialFault::TicketInvalid),
        ("no player", |it| it.sub = String::new(), CredentialFault::TicketInvalid),
        ("a long player", |it| it.sub = "x".repeat(65), CredentialFault::TicketInvalid),
        ("a short jti", |it| it.jti = "x".repeat(15), CredentialFault::TicketInvalid),
        ("no name", |it| it.name = " ".into(), CredentialFault::TicketInvalid),
        ("a name with a line break", |it| it.name = "a\nb".into(), CredentialFault::TicketInvalid),
    ];
    for (what, change, fault) in cases {
        let ticket = backend.mint(change);
        assert_eq!(backend.fault(&ticket, NOW), Some(fault.into()), "{what}");
    }
}

#[test]
fn claims_that_no_server_would_take_are_not_made() {
    for seconds in [0, -1, TICKET_SECONDS_MAX + 1, i64::MAX] {
        let refused = Claims::new("player-7", "Ann", "arena-1", NOW, seconds).err();
        assert_eq!(refused, Some(format!("a ticket lives 1 to 30 s, not {seconds} s")));
    }
}

#[test]
fn keys_may_change_and_others_are_worth_nothing() {
    let (mut old, new, foreign) = (Backend::new(), Backend::new(), Backend::new());
    old.verifier.keys.0.extend(new.verifier.keys.0.clone());
    assert!(old.verifier.take(&old.mint(|_| {}), NOW).is_ok());
    assert!(old.verifier.take(&new.mint(|_| {}), NOW).is_ok());
    assert_eq!(old.fault(&foreign.mint(|_| {}), NOW), Some(CredentialFault::TicketInvalid.into()));
}

/// 10,000 in the ordinary run; `AUSPICE_MUTATIONS=1000000` makes it as many.
fn mutations() -> u64 {
    std::env::var("AUSPICE_MUTATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(10_000)
}

#[test]
fn no_mutation_of_a_ticket_is_taken() {
    let mut backend = Backend::new();
    let mut rng = Rng::new(7);
    let ticket = backend.mint(|_| {});
    let other = backend.mint(|claims| claims.sub = "player-8".into());
    let (longest, slowest) = (mutations(), Instant::now());
    for round in 0..longest {
        let mut bytes = ticket.clone().into_bytes();
        for _ in 0..=rng.below(3) {
            mutate(&mut bytes, other.as_bytes(), &mut rng);
        }
        let mutated = String::from_utf8_lossy(&bytes).into_owned();
        if mutated != ticket && mutated != other {
            assert!(backend.verifier.take(&mutated, NOW).is_err(), "round {round}: {mutated}");
        }
    }
    println!("{longest} mutations in {:?}", slowest.elapsed());
    // Neither is spent by what was made of it.
    assert!(backend.verifier.take(&ticket, NOW).is_ok() && backend.verifier.take(&other, NOW).is_ok());
}

fn mutate(bytes: &mut Vec<u8>, other: &[u8], rng: &mut Rng) {
    let at = rng.below(bytes.len().max(1) as u32) as usize;
    match rng.below(6) {
        0 if !bytes.is_empty() => bytes[at] ^= 1 << rng.below(7),
        1 if !bytes.is_empty() => bytes[at] = b"ABCabc019-_.="[rng.below(13) as usize],
        2 if !bytes.is_empty() => drop(bytes.remove(at)),
        3 => bytes.insert(at, b"ABCabc019-_.="[rng.below(13) as usize]),
        4 => bytes.truncate(at),
        // The head of one with the tail of another.
        _ => bytes.splice(at.min(bytes.len()).., other[at.min(other.len())..].iter().copied()).for_each(drop),
    }
}

#[test]
fn what_is_remembered_is_bounded_and_forgotten_in_time() {
    let mut backend = Backend::new();
    for number in 0..TICKETS_REMEMBERED_MAX {
        backend.verifier.remember(&format!("ticket {number}"), NOW + 35, NOW).unwrap();
    }
    assert_eq!(backend.fault(&backend.mint(|_| {}), NOW), Some(CloseReason::Overloaded));
    let later = NOW + 36;
    let ticket = backend.mint(|claims| (claims.iat, claims.exp) = (at(later), at(later + 30)));
    assert!(backend.verifier.take(&ticket, later).is_ok());
    assert_eq!(backend.verifier.taken.len(), 1);
}

#[test]
fn text_that_is_no_ticket_is_refused() {
    let mut backend = Backend::new();
    for text in
        ["", "v4.public.", "v4.local.AAAA", "v3.public.AAAA", "eyJhbGciOiJub25lIn0.e30.", &"v4.public.".repeat(90)]
    {
        assert_eq!(backend.fault(text, NOW), Some(CredentialFault::TicketInvalid.into()), "{text}");
    }
}

/// What `tests/tickets/mint.py` prints: the same claims, signed by a library in another language.
const MINTED: &str = include_str!("../../tests/tickets/minted.txt");

#[test]
fn tickets_of_another_languages_library_are_taken() {
    let line = |word| MINTED.lines().find_map(|line| line.strip_prefix(word)?.strip_prefix(' ')).unwrap();
    let keys = PublicKeys(vec![Verifier::parse(line("public")).unwrap()]);
    let mut verifier = TicketVerifier::new(keys, "arena-1", NOW);
    for good in ["plain", "footed"] {
        assert_eq!(verifier.take(line(good), NOW + 10), Ok(("player-7".into(), "Ann".into())), "{good}");
        assert_eq!(verifier.take(line(good), NOW + 10), Err(CredentialFault::TicketUsed.into()), "{good}");
    }
    assert_eq!(verifier.take(line("foreign"), NOW), Err(CredentialFault::TicketForeign.into()));
    assert_eq!(verifier.take(line("long"), NOW), Err(CredentialFault::TicketExpired.into()));
    let mut late = TicketVerifier::new(verifier.keys.clone(), "arena-1", NOW);
    assert_eq!(
        late.take(line("plain"), NOW + TICKET_SECONDS_MAX + SKEW_SECONDS + 1),
        Err(CredentialFault::TicketExpired.into())
    );
}

/// Tickets of random times, keys, servers and repetitions, at random moments: each is taken if and only if it
/// is of the right key and server, in its time, and new.
#[test]
fn a_ticket_is_taken_if_it_is_ours_in_time_and_new_and_not_otherwise() {
    let (mut backend, foreign) = (Backend::new(), Backend::new());
    let mut rng = Rng::new(13);
    let mut minted: Vec<(String, i64, i64, bool)> = Vec::new();
    let mut spent = std::collections::HashSet::new();
    let (mut taken, mut refused) = (0, 0);
    for round in 0..mutations() / 10 {
        let around = |rng: &mut Rng| NOW + i64::from(rng.between(-60, 60));
        if minted.is_empty() || rng.one_in(2) {
            let (issued, lives) = (around(&mut rng), i64::from(rng.between(-2, 40)));
            let (is_ours, is_here) = (!rng.one_in(4), !rng.one_in(4));
            let by = if is_ours { &backend } else { &foreign };
            let ticket = by.mint(|it| {
                (it.iat, it.exp) = (at(issued), at(issued + lives));
                it.aud = if is_here { "arena-1".into() } else { "arena-2".into() };
            });
            minted.push((ticket, issued, lives, is_ours && is_here));
        }
        let (ticket, issued, lives, is_right) = &minted[rng.below(minted.len() as u32) as usize];
        let now = around(&mut rng);
        let in_time = (issued - SKEW_SECONDS..=issued + lives + SKEW_SECONDS).contains(&now)
            && (1..=TICKET_SECONDS_MAX).contains(lives);
        let is_good = *is_right && in_time && !spent.contains(ticket);
        assert_eq!(backend.verifier.take(ticket, now).is_ok(), is_good, "round {round}: {ticket} at {}", now - NOW);
        if is_good {
            spent.insert(ticket.clone());
            taken += 1;
        } else {
            refused += 1;
        }
    }
    println!("{taken} taken, {refused} refused");
    assert!(taken > 50 && refused > taken);
}

/// The time is the machine's affair, and is printed: `cargo test --release`. Here it must only not be absurd.
#[test]
fn judging_a_ticket_takes_a_fraction_of_a_millisecond() {
    let mut backend = Backend::new();
    let tickets: Vec<String> = (0..1000).map(|_| backend.mint(|_| {})).collect();
    let mut times: Vec<_> = tickets
        .iter()
        .map(|ticket| {
            let started = Instant::now();
            backend.verifier.take(ticket, NOW).unwrap();
            started.elapsed()
        })
        .collect();
    times.sort_unstable();
    println!("a good ticket is judged in {:?}, {:?} at the 99th percentile", times[500], times[990]);
    assert!(times[500] < std::time::Duration::from_millis(20), "{:?}", times[500]);
}
