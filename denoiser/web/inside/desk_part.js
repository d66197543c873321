// The latent desk below the strip: the numbers that it holds are held in the network that is shown.
//
// Knows which layer a latent vector is; what the desk does with it is in latent_desk.js.
import { find } from "../elements.js";
import { LatentDesk } from "./latent_desk.js";
import { latentMapOf } from "./latent_space.js";
import { OpenNetwork } from "./open_network.js";
/** @import { Listen, Tensor } from "../types.js" */
/** @import { Code } from "./latent_space.js" */

const LAYER = "latent"; // as architectures call it in denoiser/models/architectures.py

export class DeskPart {
  /**
   * @param {HTMLDetailsElement} root
   * @param {object} hands
   * @param {Listen} hands.listen
   * @param {() => void} hands.change - The network is to run again.
   */
  constructor(root, hands) {
    this.root = root;
    this.hands = hands;
    /** @type {OpenNetwork | null} */
    this.network = null;
    /** @type {OpenNetwork | null} */
    this.own = null; // that holds nothing, or what is asked of it
    /** @type {LatentDesk | null} */
    this.desk = null;
    /** @type {Record<string, Tensor>} */
    this.map = {};
    /** @type {Record<string, string>} */
    this.text = {};
    this.digit = "";
    this.loads = 0; // of the network, whose weights `own` has
    hands.listen(root, "toggle", () => hands.change());
  }

  stop() {
    this.desk?.stop();
  }

  /**
   * Takes another network; of one without a latent vector there is no desk.
   *
   * @param {OpenNetwork | null} network
   * @param {Record<string, Tensor>} map - Tensors of its map; none where it has none.
   * @param {Record<string, string>} text - Empty where no desk is to be had.
   */
  take(network, map, text) {
    const hasDesk = "numbers" in text && network?.plan.volumes.get(LAYER)?.shape.length === 1;
    this.root.hidden = !hasDesk;
    if (network === this.network && text === this.text) return;
    this.desk?.stop();
    Object.assign(this, { network: hasDesk ? network : null, own: null, desk: null, map, text });
  }

  /** Draws the code of what the network was shown last. @param {string} digit - Tells digits apart. */
  draw(digit) {
    const { network } = this;
    if (!network || !this.root.open || this.root.hidden) return;
    const own = this.ownOf(network);
    const desk = (this.desk ??= this.build(own));
    if (digit !== this.digit && desk.held.length > 0) this.release(desk);
    this.digit = digit;
    own.hold(LAYER, []);
    own.run(network.maps("picture"));
    desk.show(own.maps(LAYER).slice());
    desk.showDecoded(network.numbers(network.plan.output));
  }

  /** Returns a network with the same weights. @param {OpenNetwork} network */
  ownOf(network) {
    if (!this.own) this.own = new OpenNetwork(network.graph, network.tensors());
    else if (this.loads !== network.loads) this.own.load(network.tensors());
    this.loads = network.loads;
    return this.own;
  }

  /** @param {OpenNetwork} own */
  build(own) {
    return new LatentDesk(find(this.root, "[data-desk-root]"), {
      map: latentMapOf(this.map),
      text: this.text,
      listen: this.hands.listen,
      change: () => this.hold(),
      decode: (code) => decoded(own, code),
    });
  }

  /** What the visitor holds is held in the network. */
  hold() {
    this.network?.hold(LAYER, this.desk?.held ?? []);
    this.hands.change();
  }

  /** @param {LatentDesk} desk */
  release(desk) {
    desk.release();
    this.hold();
  }
}

/** @param {OpenNetwork} network @param {Code} code */
function decoded(network, code) {
  network.hold(
    LAYER,
    Array.from(code, (number, i) => [i, number]),
  );
  return network.runFrom(LAYER);
}
