//! Every asset has its origin and licence stated.

use std::fs;
use std::path::Path;

#[test]
fn every_picture_sound_and_font_is_named_in_the_readme() {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets");
    let readme = fs::read_to_string(assets.join("README.md")).unwrap();
    let files =
        ["fonts", "sprites", "sounds"].into_iter().flat_map(|folder| fs::read_dir(assets.join(folder)).unwrap());
    let names: Vec<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    assert!(names.len() > 20);
    let unnamed: Vec<&String> = names.iter().filter(|name| !readme.contains(name.as_str())).collect();
    assert!(unnamed.is_empty(), "origin and licence are missing for {unnamed:?}");
}
