// Two models by TensorFlow.js, one line of JSON for each: the file that it writes, and what it says of each layer.
const tf = require("@tensorflow/tfjs-layers");
require("@tensorflow/tfjs-backend-cpu");
const { io } = require("@tensorflow/tfjs-core");

const stack = tf.sequential({
  name: "stack",
  layers: [
    tf.layers.conv2d({ inputShape: [28, 28, 1], filters: 8, kernelSize: 3, name: "conv" }),
    tf.layers.maxPooling2d({ poolSize: 2, name: "pool" }),
    tf.layers.batchNormalization({ name: "norm" }),
    tf.layers.separableConv2d({ filters: 6, kernelSize: 3, name: "separable" }),
    tf.layers.flatten({ name: "flat" }),
    tf.layers.dense({ units: 10, activation: "softmax", name: "out" }),
  ],
});
const series = tf.input({ shape: [10, 4], name: "series" });
const cell = { recurrentInitializer: "glorotNormal" };
const gru = tf.layers.gru({ units: 5, resetAfter: false, name: "gru", ...cell }).apply(series);
const lstm = tf.layers.lstm({ units: 3, ...cell });
const both = tf.layers.bidirectional({ layer: lstm, mergeMode: "concat", name: "both" }).apply(series);
const joined = tf.layers.concatenate({ name: "joined" }).apply([gru, both]);
const graph = tf.model({ inputs: series, outputs: tf.layers.dense({ units: 2, name: "end" }).apply(joined), name: "graph" });

(async () => {
  for (const model of [stack, graph]) {
    let saved;
    await model.save(io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    }));
    const { modelTopology, format, generatedBy, convertedBy, weightSpecs } = saved;
    const weightsManifest = [{ paths: ["weights.bin"], weights: weightSpecs }];
    const file = { modelTopology, format, generatedBy, convertedBy, weightsManifest };
    const rows = model.layers.map((layer) => [layer.name, layer.outputShape, layer.countParams()]);
    const printed = [];
    model.summary(100, null, (line) => printed.push(line));
    console.log(JSON.stringify({ file, rows, total: model.countParams(), printed: printed.join("\n") }));
  }
})();
