package com.myorg;

import software.amazon.awscdk.App;

public class AccessKeysApp {
    public static void main(final String[] args) {
        App app = new App();

        new AccessKeysStack(app, "AccessKeys");

        app.synth();
    }
}
