// The page's files. Written by `client-web/build.sh`.
&[
    ("cars-baa8ca94fc8f5d45d890_bg.wasm.gz", include_bytes!("files/cars-baa8ca94fc8f5d45d890_bg.wasm.gz")),
    ("index.html", include_bytes!("files/index.html")),
    ("main-52ee802dcaad58e15178.js.gz", include_bytes!("files/main-52ee802dcaad58e15178.js.gz")),
    ("style-c7fe4c84ecb26b792050.css.gz", include_bytes!("files/style-c7fe4c84ecb26b792050.css.gz")),
]
