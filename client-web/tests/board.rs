//! The board's players as pages have them, on a real server: numbers and JSON, and nothing of Rust's types.

use std::time::{Duration, Instant};

use auspice_board::Board;
use auspice_server::{Config, Server};
use auspice_web::{PageEntry, PagePlayer};
use serde_json::Value;

/// Longest time for which something is awaited.
const PATIENCE: Duration = Duration::from_secs(20);

/// A picture as a page reads it.
struct Picture {
    shape: Value,
    numbers: Vec<f64>,
}

impl Picture {
    fn of(player: &mut PagePlayer<Board>, start: Instant) -> Self {
        let numbers = player.frame(start.elapsed().as_secs_f64() * 1000.0).numbers().to_vec();
        Self { shape: serde_json::from_str(&player.shape()).expect("a shape is JSON"), numbers }
    }

    /// A kind's table, and its columns: of a field with several numbers the first of them.
    fn kind(&self, name: &str) -> ([f64; 4], impl Fn(&str) -> Vec<f64>) {
        let kinds = self.shape["kinds"].as_array().expect("there are kinds");
        let index = kinds.iter().position(|kind| kind["name"] == name).expect("it is a kind");
        let first = self.shape["firstTable"].as_u64().expect("it says where tables are") as usize + 4 * index;
        let table: [f64; 4] = self.numbers[first..first + 4].try_into().expect("a table has four numbers");
        let [offset, capacity, count] = [0, 1, 2].map(|place| table[place] as usize);
        let column = move |wanted: &str| {
            let mut column = 0;
            for heading in kinds[index]["headings"].as_array().expect("it has columns") {
                if heading["name"] == wanted {
                    return self.numbers[offset + column * capacity..][..count].to_vec();
                }
                column += heading["axes"].as_array().map_or(0, Vec::len).max(1);
            }
            panic!("{name} has no {wanted}")
        };
        (table, column)
    }

    fn number(&self) -> f64 {
        self.numbers[6]
    }

    /// Number of things that wait to be told.
    fn tells(&self) -> f64 {
        self.numbers[7]
    }
}

fn player(address: &str, name: &str, token: Option<&str>) -> PagePlayer<Board> {
    PagePlayer::new(PageEntry { address, name, build: "a test", token })
}

fn server() -> (auspice_server::Handle, String) {
    let config = Config { listen: "127.0.0.1:0".parse().expect("it is an address"), ..Config::for_game::<Board>(()) };
    let server = Server::<Board>::start(config).expect("a server should start");
    let address = format!("ws://{}/play", server.local_addr());
    (server, address)
}

/// Plays until `is_so` of the first and its picture.
fn play(
    players: &mut [&mut PagePlayer<Board>],
    start: Instant,
    mut is_so: impl FnMut(&mut PagePlayer<Board>, &Picture) -> bool,
) {
    let until = Instant::now() + PATIENCE;
    loop {
        for player in players.iter_mut().rev() {
            player.frame(start.elapsed().as_secs_f64() * 1000.0);
        }
        let picture = Picture::of(players[0], start);
        if is_so(players[0], &picture) {
            return;
        }
        assert!(Instant::now() < until, "it has not come to pass: {}", players[0].why());
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_page_reads_who_is_there_and_where_and_comes_back_by_its_token() {
    let ((_server, address), start) = (server(), Instant::now());
    let (mut ann, mut bob) = (player(&address, "ann", None), player(&address, "bob", None));
    bob.set_input(&[100.0, -52.0]);
    play(&mut [&mut ann, &mut bob], start, |ann, picture| {
        let (_, column) = picture.kind("Cursor");
        let flies = column("x").into_iter().zip(column("y")).position(|(x, y)| x > 20.0 && y < -10.0);
        let Some(row) = flies else { return false };
        assert_eq!(ann.label(column("label")[row] as u32), "bob");
        assert_eq!(column("velocity")[row], 100.0, "its velocity is in units");
        true
    });
    let tells = Picture::of(&mut ann, start).tells();
    let told: Vec<String> = std::iter::from_fn(|| ann.next_told()).collect();
    assert_eq!((told[0].as_str(), told.len() as f64), (r#"{"what":"welcomed"}"#, tells));
    play(&mut [&mut ann, &mut bob], start, |ann, picture| {
        while ann.next_told().is_some() {}
        picture.tells() == 0.0
    });
    assert!(ann.terms().expect("it is welcome").contains(r#""tickHz":25"#));
    let wrong = ann.command(r#"{"Fly":1}"#).expect_err("nobody flies here");
    assert!(wrong.starts_with("unknown variant `Fly`"), "{wrong}");
    assert_eq!(ann.command(r#""Undo""#), Ok(()));

    let token = bob.token().expect("it may come back");
    bob.break_off(start.elapsed().as_secs_f64() * 1000.0);
    drop(bob);
    let mut again = player(&address, "bob", Some(&token));
    play(&mut [&mut again, &mut ann], start, |_, picture| {
        let (_, column) = picture.kind("Cursor");
        // Ann saw it ahead of where the server had it.
        column("x").len() == 2 && column("x").iter().any(|x| *x > 5.0)
    });
}

#[test]
fn a_row_that_rests_is_not_written_again_and_a_page_sees_when_one_is() {
    let ((_server, address), start) = (server(), Instant::now());
    let (mut ann, mut bob) = (player(&address, "ann", None), player(&address, "bob", None));
    play(&mut [&mut ann, &mut bob], start, |_, picture| picture.kind("Cursor").0[2] == 2.0);
    for command in [r#"{"Begin":[100,40]}"#, r#"{"Go":[[9,3],[8,2]]}"#] {
        ann.command(command).expect("it is a command");
    }
    play(&mut [&mut ann, &mut bob], start, |_, picture| {
        let ([_, _, count, changed], column) = picture.kind("Piece");
        count == 1.0 && column("m2") == [8.0] && changed + 20.0 < picture.number()
    });
    let before = Picture::of(&mut bob, start);
    let settled = before.kind("Piece").0[3];
    assert!(settled + 10.0 < before.number(), "nothing of it was written for a while");
    ann.command(r#"{"Begin":[-100,40]}"#).expect("it is a command");
    play(&mut [&mut bob, &mut ann], start, |_, picture| {
        let ([_, _, count, changed], column) = picture.kind("Piece");
        if count < 2.0 {
            return false;
        }
        let renewed = column("renewed");
        assert!(
            changed > settled && renewed.contains(&settled) && renewed.iter().any(|frame| *frame > settled),
            "{renewed:?}"
        );
        true
    });
    ann.command(r#""Undo""#).expect("it is a command");
    play(&mut [&mut bob, &mut ann], start, |_, picture| picture.kind("Piece").0[2] == 1.0);
}

#[test]
fn the_small_client_has_the_types_of_the_board_and_is_that_of_the_readme() {
    let written = auspice_server::schema::typescript::<Board>().expect("its names are its own");
    assert!(
        written == include_str!("../board/ts/game.ts"),
        "schema --typescript of the board writes it anew:\n{written}"
    );
    let (_, shown) = include_str!("../board/ts/small.ts").split_once('\n').expect("it opens with a comment");
    assert!(include_str!("../README.md").contains(shown), "README.md shows another program than board/ts/small.ts");
}
