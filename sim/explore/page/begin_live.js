startLive();
