// Small pictures are in the script itself.
declare module "*.png" {
    const address: string;
    export default address;
}
