// What `build.sh` has wasm-bindgen write beside the module.
declare module "*/cars.js" {
    const glue: import("auspice-web").Glue;
    export default glue.default;
    export const Client: import("auspice-web").Glue["Client"];
}
