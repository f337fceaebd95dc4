// The page's files. Written by `client-web/build.sh`.
&[
    ("cars-e927f4c98417b5719c0a_bg.wasm.gz", include_bytes!("files/cars-e927f4c98417b5719c0a_bg.wasm.gz")),
    ("index.html", include_bytes!("files/index.html")),
    ("main-c68a180a15319decc9af.js.gz", include_bytes!("files/main-c68a180a15319decc9af.js.gz")),
    ("style-5457564ebe61e5a762e0.css.gz", include_bytes!("files/style-5457564ebe61e5a762e0.css.gz")),
]
