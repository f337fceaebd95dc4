// The page's files. Written by `client-web/build.sh`.
&[
    ("auspice-6b733e3da354caed1f44.js.gz", include_bytes!("files/auspice-6b733e3da354caed1f44.js.gz")),
    ("demo-ff4b69968587f2e5a5ae_bg.wasm.gz", include_bytes!("files/demo-ff4b69968587f2e5a5ae_bg.wasm.gz")),
    ("index.html", include_bytes!("files/index.html")),
    ("nebula-2d52b620022b90c608d4.png", include_bytes!("files/nebula-2d52b620022b90c608d4.png")),
    ("rock0-a34c6770b2adfa8bb19a.png", include_bytes!("files/rock0-a34c6770b2adfa8bb19a.png")),
    ("rock1-2f61f070060dfb3486ff.png", include_bytes!("files/rock1-2f61f070060dfb3486ff.png")),
    ("rock2-e59d08b8c97c75bd98a9.png", include_bytes!("files/rock2-e59d08b8c97c75bd98a9.png")),
    ("style-4a6b91519f3aaa3117ce.css.gz", include_bytes!("files/style-4a6b91519f3aaa3117ce.css.gz")),
]
