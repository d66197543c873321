// The types that several modules share; `@import` in a comment names them.

/** What Streamlit hands to a component (version 2), first to be mounted, then with other data. */
export interface Streamlit<Data> {
  data: Data;
  parentElement: ParentNode;
  /** Keeps a value in Python's session state; Python's callback for it is called. */
  setStateValue(name: string, value: unknown): void;
  /** The same for a value that is gone after one run of the page. */
  setTriggerValue(name: string, value: unknown): void;
}

/** A component on the page: `mount` gives it what Streamlit says. */
export interface Mounted<Data> {
  receive(data: Data, streamlit: Streamlit<Data>): void;
  /** Called when the component leaves the page. */
  stop(): void;
}

/** Adds a listener that goes when its component does. */
export type Listen = <Type extends keyof WindowEventMap>(
  target: EventTarget,
  type: Type,
  listener: (event: WindowEventMap[Type]) => void,
) => void;

/** One number that shapes a kind of noise; see `Parameter` in denoiser/data/noise.py. */
export interface NoiseParameter {
  name: string;
  title: string;
  default: number;
  minimum: number;
  maximum: number;
  step: number;
  decimals: number;
  help: string;
  unit: string;
}

/** A kind of noise as Python describes it; see `described` in denoiser/ui/session/noises.py. */
export interface NoiseKind {
  name: string;
  title: string;
  summary: string;
  is_random: boolean;
  /** How often `any` noise is of this kind. */
  share: number;
  parameters: NoiseParameter[];
}

/** What noise is asked for: the name of its kind, and its parameters by name. */
export interface NoiseChoice {
  noise: string;
  parameters: Record<string, number>;
}

/** A tensor of a safetensors container, in its dtype. */
export interface Tensor<Data = Uint8Array | Float32Array> {
  shape: number[];
  data: Data;
}
