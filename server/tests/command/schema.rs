//! The tables that are printed for a client in another language.

use auspice::Replicate;
use auspice_demo::{Demo, Entity};
use serde_json::{Value, json};

use super::server;

#[test]
fn the_schema_has_the_hash_that_a_hello_shows_and_every_kind_field_and_type_in_order() {
    let output = server().arg("schema").output().unwrap();
    let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(schema["game"], "auspice-demo");
    assert_eq!((&schema["protocol"], &schema["subprotocol"]), (&json!(3), &json!("auspice.v1")));
    assert_eq!(schema["hash"], format!("{:016x}", auspice::message::game_hash::<Demo>()));
    let kinds = schema["entity"].as_array().unwrap();
    assert_eq!(kinds.len(), Entity::KINDS.len());
    for (told, kind) in kinds.iter().zip(Entity::KINDS) {
        let names =
            |list: &Value| list.as_array().unwrap().iter().map(|entry| entry["name"].clone()).collect::<Vec<_>>();
        assert_eq!(told["name"], kind.name);
        assert_eq!(names(&told["fields"]), kind.fields.iter().map(|field| json!(field.name)).collect::<Vec<_>>());
        assert_eq!(told["news"].as_array().unwrap().len(), kind.news.len());
    }
    let position = &kinds[0]["fields"][0];
    let expected = json!({
        "name": "position", "quantity": "vec2", "step": 0.03125, "tolerance": 0.0,
        "columns": [{"min": 0, "max": 524_256, "bits": 19}, {"min": 0, "max": 524_256, "bits": 19}],
        "control": false, "position": true, "moved_by": null, "at_once": 0, "lasts": 0, "news_bits": 8,
    });
    assert_eq!(*position, expected);
    assert_eq!(kinds[3]["news"][0], json!({"topic": "fields", "fields": [2], "bits": 1}));
    assert_eq!(schema["rules"]["structs"]["Rules"][0], json!({"name": "size", "type": "u32"}));
    assert_eq!(schema["command"]["enums"]["Command"][2]["fields"][0]["type"], json!({"enum": "Watch"}));
}

#[test]
fn the_page_of_the_demo_has_the_types_of_the_demo() {
    let output = server().args(["schema", "--typescript"]).output().unwrap();
    let written = String::from_utf8(output.stdout).unwrap();
    let kept = include_str!("../../../client-web/demo/ts/game.ts");
    assert!(written == kept, "cargo serve -- schema --typescript > client-web/demo/ts/game.ts");
}

#[test]
fn the_page_of_the_cars_has_the_types_of_the_cars() {
    let written = auspice_server::schema::typescript::<auspice_cars::Cars>().unwrap();
    let kept = include_str!("../../../client-web/cars/ts/game.ts");
    let command = "cargo run -p auspice-server --example cars -- schema --typescript > client-web/cars/ts/game.ts";
    assert!(written == kept, "{command}");
}
