// What Python sends to each component, beside tensors; the `__init__.py` of each makes it.

import type { DeviceTask } from "../../web/device_store.js";
import type { Line } from "../../web/charts.js";
import type { Model } from "../../web/inside/measure.js";
import type { OpenNetwork } from "../../web/inside/open_network.js";
import type { buildNetwork } from "../../web/network.js";
import type { NoiseChoice, NoiseKind, Tensor } from "../../web/types.js";

export interface DocumentData {
  language: string;
  isProjected: boolean;
}

export interface CopyLinkData {
  /** null for the address of the page. */
  link: string | null;
  copy: string;
  copied: string;
  failed: string;
}

/** The name of a curve of a training; losses of epochs have marks. */
export type CurveName = "step" | "loss" | "val_loss";

export interface CurvesData {
  lines: Record<CurveName, Line>;
  colors: Record<CurveName, string>;
  /** Epochs there will be. */
  total: number;
  /** A loss to compare with. */
  reference: number;
  log: boolean;
  text: Record<CurveName | "x" | "y" | "reference" | "learned", string>;
  summary: string;
  /** The training on this device whose curves they are; "" for what Python sends. */
  device: string;
}

export interface SketchData {
  /** Of the curve's points; the first one is given. */
  count: number;
  /** The first point's value. */
  start: number;
  /** Where the axis ends; it begins at 0. */
  high: number;
  /** Whether it can be drawn on. */
  open: boolean;
  /** What was drawn before. */
  drawn: number[] | null;
  /** What others drew. */
  others: number[][];
  truth: number[] | null;
  colors: Record<"drawn" | "truth", string>;
  text: Record<"x" | "y" | "start" | "drawn" | "truth" | "hint" | "chart" | "point", string>;
}

/** x, y, width and height. */
export type Box = [x: number, y: number, width: number, height: number];

/** A picture and what was found on it, all in its pixels. */
export interface Marks {
  picture: string;
  size: [width: number, height: number];
  digits: { box: Box; isDoubtful: boolean; label: string }[];
  leftOut: { box: Box; reason: string; name: string; label: string }[];
  /** Of the paper on what it lies on; null where all is paper. */
  corners: [x: number, y: number][] | null;
  /** The digit that the page shows large. */
  chosen: number | null;
  /** Whether the visitor changed anything. */
  isChanged: boolean;
  /** How much was found, in words. */
  told: string;
  notes: { reason: string; name: string; meaning: string }[];
}

export interface MarkedPictureData {
  thumbnails: { id: string; name: string; picture: string; told: string }[];
  /** The id of the picture that is large. */
  shown: string;
  /** null where it could not be read. */
  marks: Marks | null;
  text: Record<string, string>;
}

export interface TimeMachineContent {
  epochs: { label: string; link: string | null }[];
  text: Record<string, string>;
  /** The training on this device whose digits they are; "" for what Python sends. */
  device: string;
  /** To the home page with a model of the device's, in the place of {model}. */
  link: string;
}

export interface NoiseSlidersContent {
  /** Where the sliders stand. */
  values: NoiseChoice;
  seed: number;
  /** How often they were set by anything but the visitor's hand. */
  filled: number;
  kinds: NoiseKind[];
  text: Record<"noise" | "picture", string>;
  /** 28x28 pixels each. */
  digits: Uint8Array;
}

/** Where the live panel's controls stand. */
export interface Settings extends NoiseChoice {
  digit: number;
  seed: number;
  model: string;
}

/** What the live panel shows, unpacked. */
export interface PanelContent {
  mode: "test" | "pad" | "own";
  /** The name of the model whose weights are here. */
  model: string;
  models: { name: string; title: string; summary: string }[];
  initial: Settings;
  /** What a teacher has hidden from a class. */
  hidden: string[];
  /** Whether the network is open at first. */
  isOpen: boolean;
  /** Whether the network is what the page is about. */
  isInside: boolean;
  /** Of the run that made the model, those whose weights are kept; none where no run did. */
  epochs: number[];
  /** The network's lines in Keras, and which layer each is of; none where they are not shown. */
  code: { text: string; layer: string | null }[];
  /** The map of the model's codes; no tensors where it has none. */
  latentMap: Record<string, Tensor>;
  /** Of the latent desk; empty where the page has none. */
  latentText: Record<string, string>;
  kinds: NoiseKind[];
  text: Record<string, string>;
  /** 28x28 pixels each. */
  digits: Uint8Array;
  /** Not known for a visitor's own digits. */
  labels?: Uint8Array;
  /** How likely it has to be, by the classifier, that a picture shows any digit. */
  least_digit: number;
  /** null while the model is one of this device that has not come yet. */
  network: OpenNetwork | null;
  /** The classifier. */
  reader: Model;
  /** Probabilities of the digits 0 to 9, and after them of no digit. */
  classify: ReturnType<typeof buildNetwork>;
}

export interface DeviceStartData {
  /** What would be trained; null where the device cannot. */
  task: DeviceTask | null;
  /** Of the training. */
  name: string;
  /** Its settings in words. */
  about: string;
  where: "device" | "lab";
  /** Whether it can be done here only. */
  isAlone: boolean;
  /** Whether nobody has chosen where. */
  isAutomatic: boolean;
  /** Seconds that a training may take here before the lab's computer is chosen. */
  patience: number;
  whyNot: string;
  text: Record<string, string>;
}

export interface DeviceTrainingData {
  /** The training's id. */
  id: string;
  /** Links in the place of {model} and {run}. */
  links: Record<"try" | "run", string>;
  /** Whether it is shown inside a lesson: how it stands and its steps alone. */
  isBrief: boolean;
  /** What Python calls a training that was begun here; null for none. */
  called: { id: string; name: string; about: string } | null;
  /** What Python did with what it was sent last; null before. */
  answer: { id: string; sent: string; run: string; problem: string } | null;
  text: Record<string, string>;
}

export interface DeviceListData {
  /** To a training, in the place of {id}. */
  link: string;
  text: Record<string, string>;
}

export interface DeviceClassData {
  /** Of the class. */
  code: string;
  text: Record<string, string>;
}

export interface ClassNewsData {
  /** Of the class. */
  code: string;
  /** Of the class's training; 0 where it is over. */
  number: number;
  wish: "running" | "stopped";
  /** What was told: the id of the training on this device, "" before; and whether it can train. */
  id: string;
  hasSupplies: boolean;
  /** What this device trains; null where that is over. */
  share: {
    label: string;
    name: string;
    about: string;
    /** A `DeviceTask`, packed; "" once it has begun, for the browser keeps it. */
    task: string;
  } | null;
  /** The end of what came, and how many reports did. */
  received: { number: number; reports: number; x: number; epoch: number; status: string };
}

export interface ClassCurvesData {
  /** Of each device: which share of the settings it has, and its points. */
  lines: { share: number; points: Line }[];
  median: Line;
  /** Which of the lines is the best; null before there is one. */
  best: number | null;
  /** What the shares are called, and their colours. */
  labels: string[];
  colors: string[];
  /** Epochs there will be. */
  total: number;
  /** A loss to compare with. */
  reference: number;
  text: Record<"x" | "y" | "reference" | "median" | "best" | "empty" | "each", string>;
  summary: string;
}
