// The page's files. Written by `client-web/build.sh`.
&[
    ("cars-392198c258a0122fb4f7_bg.wasm.gz", include_bytes!("files/cars-392198c258a0122fb4f7_bg.wasm.gz")),
    ("index.html", include_bytes!("files/index.html")),
    ("main-36e2a161f4fe96d0689e.js.gz", include_bytes!("files/main-36e2a161f4fe96d0689e.js.gz")),
    ("style-c7fe4c84ecb26b792050.css.gz", include_bytes!("files/style-c7fe4c84ecb26b792050.css.gz")),
]
