// Browsers start no worker from a file. On a page that was opened from a folder the search runs in a hidden frame, which
// answers to what the theme uses of a worker. The theme's own replacement would be fetched from another host.
if (location.protocol === "file:") {
  window.IFrameWorker = class extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      const address = String(url).replaceAll('"', "&quot;");
      frame.srcdoc = `<script>
        self.postMessage = (data) => parent.postMessage({ fromWorker: data }, "*");
        self.importScripts = (...all) => all.reduce((before, src) => before.then(() => new Promise((done, failed) => {
          const script = Object.assign(document.createElement("script"), { src, onload: done, onerror: failed });
          document.head.append(script);
        })), Promise.resolve());
      <\/script><script src="${address}"><\/script>`;
      this.loaded = new Promise((done) => { frame.onload = done; });
      this.frame = frame;
      addEventListener("message", (event) => {
        if (event.source === frame.contentWindow && "fromWorker" in event.data)
          this.dispatchEvent(new MessageEvent("message", { data: event.data.fromWorker }));
      });
      document.body.append(frame);
    }

    postMessage(data) {
      // The frame's own postMessage is the one by which it answers.
      this.loaded.then(() => window.postMessage.call(this.frame.contentWindow, data, "*"));
    }

    terminate() { this.frame.remove(); }
  };
  window.Worker = window.IFrameWorker;
}
