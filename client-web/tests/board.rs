//! The board's players as pages have them, on a real server: numbers and JSON, and nothing of Rust's types.

use std::time::{Duration, Instant};

use auspice_server::{Config, Server};
use auspice_web::{PageEntry, PagePlayer};

#[path = "../../shared/examples/board/game.rs"]
mod game;

use game::Board;

/// Longest time for which something is awaited.
const PATIENCE: Duration = Duration::from_secs(20);

/// The numbers of a kind's columns, for a board's only kind: its table is at the front of the sheet, before the input.
struct Cursors {
    count: usize,
    /// By column: id, foretold, label, x, y, held, believed, velocity.
    columns: Vec<Vec<f64>>,
}

fn player(address: &str, name: &str, token: Option<&str>) -> PagePlayer<Board> {
    PagePlayer::new(PageEntry { address, name, build: "a test", token })
}

/// Plays until `is_so` of the first's cursors and numbers.
fn play(
    players: &mut [&mut PagePlayer<Board>],
    start: Instant,
    mut is_so: impl FnMut(&mut PagePlayer<Board>, &Cursors) -> bool,
) {
    let until = Instant::now() + PATIENCE;
    loop {
        for player in players.iter_mut().rev() {
            player.frame(start.elapsed().as_secs_f64() * 1000.0);
        }
        let shape: serde_json::Value = serde_json::from_str(&players[0].shape()).expect("a shape is JSON");
        let numbers = players[0].frame(start.elapsed().as_secs_f64() * 1000.0).numbers().to_vec();
        let table = shape["firstTable"].as_u64().expect("it says where tables are") as usize;
        let [offset, capacity, count] = [0, 1, 2].map(|place| numbers[table + place] as usize);
        let columns = numbers[offset..].chunks(capacity).map(|column| column[..count.min(column.len())].to_vec()).collect();
        if is_so(players[0], &Cursors { count, columns }) {
            return;
        }
        assert!(Instant::now() < until, "it has not come to pass: {}", players[0].why());
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_page_reads_who_is_there_and_where_and_comes_back_by_its_token() {
    let config = Config { listen: "127.0.0.1:0".parse().expect("it is an address"), ..Config::for_game::<Board>(()) };
    let server = Server::<Board>::start(config).expect("a server should start");
    let (address, start) = (format!("ws://{}/play", server.local_addr()), Instant::now());
    let (mut ann, mut bob) = (player(&address, "ann", None), player(&address, "bob", None));
    bob.set_input(&[100.0, -50.0]);
    play(&mut [&mut ann, &mut bob], start, |ann, cursors| {
        let flies = |row: &usize| cursors.columns[3][*row] > 20.0 && cursors.columns[4][*row] < -10.0;
        let Some(row) = (0..cursors.count).find(flies) else { return false };
        assert_eq!(ann.label(cursors.columns[2][row] as u32), "bob");
        assert_eq!([9, 10].map(|column| cursors.columns[column][row]), [100.0, -50.0], "its velocity is in units");
        true
    });
    let told: Vec<String> = std::iter::from_fn(|| ann.next_told()).collect();
    assert_eq!(told[0], r#"{"what":"welcomed"}"#);
    assert!(ann.terms().expect("it is welcome").contains(r#""tickHz":30"#));
    assert_eq!(ann.command("1"), Err("invalid type: integer `1`, expected unit at line 1 column 1".into()));
    assert_eq!(ann.command("null"), Ok(()));

    let token = bob.token().expect("it may come back");
    bob.break_off(start.elapsed().as_secs_f64() * 1000.0);
    drop(bob);
    let mut again = player(&address, "bob", Some(&token));
    play(&mut [&mut again, &mut ann], start, |_, cursors| cursors.count == 2 && cursors.columns[3].iter().any(|x| *x > 20.0));
}

#[test]
fn the_page_of_the_example_has_the_types_of_the_board_and_is_that_of_the_readme() {
    let written = auspice_server::schema::typescript::<Board>().expect("its names are its own");
    assert!(written == include_str!("../board/game.ts"), "schema --typescript of board_server writes it anew:\n{written}");
    let (_, shown) = include_str!("../board/main.ts").split_once('\n').expect("it opens with a comment");
    assert!(include_str!("../README.md").contains(shown), "README.md shows another program than board/main.ts");
}
