import { mount } from "svelte";
import App from "./App.svelte";
import "./app.css";
import * as bridge from "./lib/bridge";

mount(App, { target: document.getElementById("app")!, props: { bridge } });
